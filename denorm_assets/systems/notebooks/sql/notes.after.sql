SELECT o.uid, o.title, o.body, o.pinned, u.name AS writer, o.updated_at
FROM notes AS o
JOIN users AS u ON u.uid = o.user_uid AND u.deleted_at IS NULL
WHERE o.notebook_uid = %(notebook)s AND o.deleted_at IS NULL
ORDER BY o.updated_at DESC, o.uid DESC
LIMIT %(limit)s
