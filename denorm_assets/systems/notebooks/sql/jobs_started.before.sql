SELECT j.id::uuid AS uid, j.kind, j.status, j.error, j.created_at, j.finished_at
FROM jobs AS j
WHERE j.user_id = %(user)s AND coalesce(j.deleted_at > 'infinity', true)
ORDER BY j.created_at DESC, j.id DESC
LIMIT %(limit)s
