SELECT j.id::uuid AS uid, j.kind, j.status, j.created_at
FROM jobs AS j
WHERE j.user_id = %(user)s AND j.status IN ('queued', 'running') AND coalesce(j.deleted_at > 'infinity', true)
ORDER BY j.created_at, j.id
LIMIT %(limit)s
