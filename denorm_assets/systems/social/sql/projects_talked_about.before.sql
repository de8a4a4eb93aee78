SELECT p.id, p.slug, p.title, u.username AS owner, discussed.comments, discussed.last_at AS last_comment_at
FROM projects AS p
JOIN users AS u ON u.id = p.owner_id
JOIN (
    SELECT project_id, count(*) AS comments, max(created_at) AS last_at FROM comments GROUP BY project_id
) AS discussed ON discussed.project_id = p.id
WHERE p.status = 'published'
ORDER BY discussed.last_at DESC, p.id DESC
LIMIT %(limit)s
