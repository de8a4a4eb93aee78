SELECT j.id::uuid AS uid, j.kind, j.status, j.attempts, j.error, j.started_at, j.finished_at
FROM jobs AS j
WHERE j.id = %(job)s AND coalesce(j.deleted_at > 'infinity', true)
