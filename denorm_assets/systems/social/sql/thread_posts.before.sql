SELECT po.id, po.body, po.created_at, u.username,
    (SELECT count(*) FROM projects AS p WHERE p.owner_id = u.id AND p.status = 'published') AS published,
    (
        SELECT coalesce(sum(v.value), 0) FROM projects AS p JOIN votes AS v ON v.project_id = p.id
        WHERE p.owner_id = u.id
    ) AS votes_received,
    (
        SELECT count(*) FROM projects AS p JOIN badges AS b ON b.project_id = p.id WHERE p.owner_id = u.id
    ) AS badges_received,
    (SELECT count(*) FROM comments AS c WHERE c.user_id = u.id) AS comments_written
FROM forum_posts AS po
JOIN users AS u ON u.id = po.author_id
WHERE po.thread_id = %(thread)s
ORDER BY po.created_at, po.id
LIMIT %(limit)s
