-- Builders as search documents: names weigh most, then what they write of themselves, then the tags of their projects.
SELECT u.id, u.username, lower(u.username) AS username_lower, u.display_name, u.location, u.created_at,
    own.projects, known.votes, u.username || ' ' || u.display_name AS names,
    setweight(to_tsvector('simple', u.username || ' ' || u.display_name), 'A')
        || setweight(to_tsvector('english', u.bio), 'B')
        || setweight(to_tsvector('simple', u.location), 'C')
        || setweight(to_tsvector('english', coalesce(skilled.tags, '')), 'D') AS document
FROM users AS u
CROSS JOIN LATERAL (
    SELECT count(*) AS projects FROM projects AS p WHERE p.owner_id = u.id AND p.status = 'published'
) AS own
CROSS JOIN LATERAL (
    SELECT coalesce(sum(v.value), 0) AS votes
    FROM projects AS p JOIN votes AS v ON v.project_id = p.id WHERE p.owner_id = u.id AND p.status = 'published'
) AS known
CROSS JOIN LATERAL (
    SELECT string_agg(used.name, ' ' ORDER BY used.name) AS tags
    FROM (
        SELECT DISTINCT t.name
        FROM projects AS p
        JOIN project_tags AS pt ON pt.project_id = p.id
        JOIN tags AS t ON t.id = pt.tag_id
        WHERE p.owner_id = u.id AND p.status = 'published'
    ) AS used
) AS skilled
