SELECT j.uid, j.kind, j.status, u.name AS starter, j.created_at
FROM jobs AS j
JOIN users AS u ON u.uid = j.user_uid AND u.deleted_at IS NULL
WHERE j.notebook_uid = %(notebook)s AND j.deleted_at IS NULL
ORDER BY j.created_at DESC, j.uid DESC
LIMIT %(limit)s
