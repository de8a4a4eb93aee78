SELECT c.uid, c.title, u.name AS speaker, c.updated_at
FROM conversations AS c
JOIN users AS u ON u.uid = c.user_uid AND u.deleted_at IS NULL
WHERE c.notebook_uid = %(notebook)s AND c.deleted_at IS NULL
ORDER BY c.updated_at DESC, c.uid DESC
LIMIT %(limit)s
