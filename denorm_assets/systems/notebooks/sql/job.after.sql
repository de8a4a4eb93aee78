SELECT j.uid, j.kind, j.status, j.attempts, j.error, j.started_at, j.finished_at
FROM jobs AS j
WHERE j.uid = %(job)s AND j.deleted_at IS NULL
