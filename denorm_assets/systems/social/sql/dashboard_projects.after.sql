SELECT d.id, d.slug, d.title, d.status, d.tags, d.upvotes, d.comments, d.badges, d.chains, d.last_comment_at
FROM mv_project_details AS d
WHERE d.owner_id = %(user)s
ORDER BY d.created_at DESC, d.id DESC
LIMIT %(limit)s
