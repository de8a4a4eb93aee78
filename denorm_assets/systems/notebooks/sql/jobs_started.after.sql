SELECT j.uid, j.kind, j.status, j.error, j.created_at, j.finished_at
FROM jobs AS j
WHERE j.user_uid = %(user)s AND j.deleted_at IS NULL
ORDER BY j.created_at DESC, j.uid DESC
LIMIT %(limit)s
