SELECT j.id::uuid AS uid, j.worker, j.finished_at - j.started_at AS took, j.finished_at
FROM jobs AS j
WHERE j.kind = %(kind)s AND j.status = 'finished' AND coalesce(j.deleted_at > 'infinity', true)
ORDER BY j.finished_at DESC, j.id DESC
LIMIT %(limit)s
