SELECT o.uid, o.title, n.title AS notebook, o.created_at
FROM notes AS o
JOIN notebooks AS n ON n.uid = o.notebook_uid AND n.deleted_at IS NULL
WHERE o.user_uid = %(user)s AND o.pinned AND o.deleted_at IS NULL
ORDER BY o.created_at DESC, o.uid DESC
LIMIT %(limit)s
