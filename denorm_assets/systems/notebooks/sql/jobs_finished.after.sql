SELECT j.uid, j.worker, j.finished_at - j.started_at AS took, j.finished_at
FROM jobs AS j
WHERE j.kind = %(kind)s AND j.status = 'finished' AND j.deleted_at IS NULL
ORDER BY j.finished_at DESC, j.uid DESC
LIMIT %(limit)s
