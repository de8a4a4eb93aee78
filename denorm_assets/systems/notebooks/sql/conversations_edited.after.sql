SELECT c.uid, c.title, n.title AS notebook, c.updated_at
FROM conversations AS c
JOIN notebooks AS n ON n.uid = c.notebook_uid AND n.deleted_at IS NULL
WHERE c.user_uid = %(user)s AND c.deleted_at IS NULL
ORDER BY c.updated_at DESC, c.uid DESC
LIMIT %(limit)s
