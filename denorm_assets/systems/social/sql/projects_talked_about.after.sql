SELECT d.id, d.slug, d.title, d.owner, d.comments, d.last_comment_at
FROM mv_project_details AS d
WHERE d.status = 'published' AND d.last_comment_at IS NOT NULL
ORDER BY d.last_comment_at DESC, d.id DESC
LIMIT %(limit)s
