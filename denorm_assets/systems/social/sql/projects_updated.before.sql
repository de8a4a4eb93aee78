SELECT p.id, p.slug, p.title, p.updated_at, u.username AS owner,
    (SELECT count(*) FROM votes AS pv WHERE pv.project_id = p.id AND pv.value > 0) AS upvotes,
    (SELECT count(*) FROM comments AS pc WHERE pc.project_id = p.id) AS comments
FROM projects AS p
JOIN users AS u ON u.id = p.owner_id
WHERE p.status = 'published'
ORDER BY p.updated_at DESC, p.id DESC
LIMIT %(limit)s
