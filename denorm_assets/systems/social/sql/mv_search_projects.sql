-- Published projects as search documents: the title weighs most, then tags and tagline, then owner and description.
SELECT p.id, p.slug, p.title, lower(p.title) AS title_lower, p.tagline, u.username AS owner, p.category, p.created_at,
    coalesce(tagged.names, '') AS tags, voted.votes,
    setweight(to_tsvector('english', p.title), 'A')
        || setweight(to_tsvector('english', coalesce(tagged.names, '')), 'B')
        || setweight(to_tsvector('english', p.tagline), 'B')
        || setweight(to_tsvector('simple', u.username || ' ' || u.display_name), 'C')
        || setweight(to_tsvector('english', p.description), 'D') AS document
FROM projects AS p
JOIN users AS u ON u.id = p.owner_id
CROSS JOIN LATERAL (
    SELECT string_agg(t.name, ', ' ORDER BY t.name) AS names
    FROM project_tags AS pt JOIN tags AS t ON t.id = pt.tag_id WHERE pt.project_id = p.id
) AS tagged
CROSS JOIN LATERAL (
    SELECT coalesce(sum(v.value), 0) AS votes FROM votes AS v WHERE v.project_id = p.id
) AS voted
WHERE p.status = 'published'
