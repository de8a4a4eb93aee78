SELECT c.id, c.body, c.created_at, d.slug, d.title, d.owner, d.tags, d.upvotes, d.comments,
    d.badges, d.chains
FROM comments AS c
JOIN mv_project_details AS d ON d.id = c.project_id
WHERE c.user_id = %(user)s
ORDER BY c.created_at DESC, c.id DESC
LIMIT %(limit)s
