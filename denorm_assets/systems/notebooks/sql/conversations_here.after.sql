SELECT c.uid, c.title, c.updated_at
FROM conversations AS c
WHERE c.user_uid = %(user)s AND c.notebook_uid = %(notebook)s AND c.deleted_at IS NULL
ORDER BY c.updated_at DESC, c.uid DESC
LIMIT %(limit)s
