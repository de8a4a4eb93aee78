SELECT p.id, p.slug, p.title, (SELECT coalesce(sum(v.value), 0) FROM votes AS v WHERE v.project_id = p.id) AS votes
FROM projects AS p
WHERE p.status = 'published' AND lower(p.title) ^@ lower(%(prefix)s)
ORDER BY votes DESC, p.id DESC
LIMIT %(limit)s
