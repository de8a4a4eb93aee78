SELECT u.id, u.username, u.display_name, u.location,
    (SELECT count(*) FROM projects AS p WHERE p.owner_id = u.id AND p.status = 'published') AS projects,
    (
        SELECT coalesce(sum(v.value), 0) FROM projects AS p JOIN votes AS v ON v.project_id = p.id
        WHERE p.owner_id = u.id AND p.status = 'published'
    ) AS votes,
    ts_rank(u.document, websearch_to_tsquery('simple', %(words)s)) AS rank
FROM (
    SELECT u.*, setweight(to_tsvector('simple', u.username || ' ' || u.display_name), 'A')
        || setweight(to_tsvector('english', u.bio), 'B')
        || setweight(to_tsvector('simple', u.location), 'C')
        || setweight(to_tsvector('english', coalesce(skilled.tags, '')), 'D') AS document
    FROM users AS u
    LEFT JOIN (
        SELECT used.owner_id, string_agg(used.name, ' ' ORDER BY used.name) AS tags
        FROM (
            SELECT DISTINCT p.owner_id, t.name
            FROM projects AS p
            JOIN project_tags AS pt ON pt.project_id = p.id
            JOIN tags AS t ON t.id = pt.tag_id
            WHERE p.status = 'published'
        ) AS used
        GROUP BY used.owner_id
    ) AS skilled ON skilled.owner_id = u.id
) AS u
WHERE u.document @@ websearch_to_tsquery('simple', %(words)s)
ORDER BY rank DESC, u.id DESC
LIMIT %(limit)s
