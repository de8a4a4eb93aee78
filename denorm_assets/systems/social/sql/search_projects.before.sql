SELECT p.id, p.slug, p.title, p.owner, p.tags,
    (SELECT coalesce(sum(v.value), 0) FROM votes AS v WHERE v.project_id = p.id) AS votes,
    ts_rank(p.document, websearch_to_tsquery('english', %(words)s)) AS rank
FROM (
    SELECT p.id, p.slug, p.title, u.username AS owner, coalesce(tagged.names, '') AS tags,
        setweight(to_tsvector('english', p.title), 'A')
            || setweight(to_tsvector('english', coalesce(tagged.names, '')), 'B')
            || setweight(to_tsvector('english', p.tagline), 'B')
            || setweight(to_tsvector('simple', u.username || ' ' || u.display_name), 'C')
            || setweight(to_tsvector('english', p.description), 'D') AS document
    FROM projects AS p
    JOIN users AS u ON u.id = p.owner_id
    LEFT JOIN (
        SELECT pt.project_id, string_agg(t.name, ', ' ORDER BY t.name) AS names
        FROM project_tags AS pt JOIN tags AS t ON t.id = pt.tag_id GROUP BY pt.project_id
    ) AS tagged ON tagged.project_id = p.id
    WHERE p.status = 'published'
) AS p
WHERE p.document @@ websearch_to_tsquery('english', %(words)s)
ORDER BY rank DESC, p.id DESC
LIMIT %(limit)s
