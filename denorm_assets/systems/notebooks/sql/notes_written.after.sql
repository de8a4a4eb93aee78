SELECT o.uid, o.title, n.title AS notebook, o.updated_at
FROM notes AS o
JOIN notebooks AS n ON n.uid = o.notebook_uid AND n.deleted_at IS NULL
WHERE o.user_uid = %(user)s AND o.deleted_at IS NULL
ORDER BY o.updated_at DESC, o.uid DESC
LIMIT %(limit)s
