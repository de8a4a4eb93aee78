SELECT d.id, d.slug, d.title, d.updated_at, d.owner, d.upvotes, d.comments
FROM mv_project_details AS d
WHERE d.status = 'published'
ORDER BY d.updated_at DESC, d.id DESC
LIMIT %(limit)s
