SELECT u.id, u.username, u.display_name, (
        SELECT coalesce(sum(v.value), 0) FROM projects AS p JOIN votes AS v ON v.project_id = p.id
        WHERE p.owner_id = u.id AND p.status = 'published'
    ) AS votes
FROM users AS u
WHERE lower(u.username) ^@ lower(%(prefix)s)
ORDER BY votes DESC, u.id DESC
LIMIT %(limit)s
