SELECT c.id, c.body, c.created_at, u.username,
    (SELECT count(*) FROM projects AS p WHERE p.owner_id = u.id AND p.status = 'published') AS published,
    (
        SELECT coalesce(sum(v.value), 0) FROM projects AS p JOIN votes AS v ON v.project_id = p.id
        WHERE p.owner_id = u.id
    ) AS votes_received,
    (
        SELECT count(*) FROM projects AS p JOIN badges AS b ON b.project_id = p.id WHERE p.owner_id = u.id
    ) AS badges_received,
    (SELECT count(*) FROM comments AS c WHERE c.user_id = u.id) AS comments_written
FROM comments AS c
JOIN users AS u ON u.id = c.user_id
WHERE c.project_id = %(project)s
ORDER BY c.created_at DESC, c.id DESC
LIMIT %(limit)s
