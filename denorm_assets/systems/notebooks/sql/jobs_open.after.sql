SELECT j.uid, j.kind, j.status, j.created_at
FROM jobs AS j
WHERE j.user_uid = %(user)s AND j.status IN ('queued', 'running') AND j.deleted_at IS NULL
ORDER BY j.created_at, j.uid
LIMIT %(limit)s
