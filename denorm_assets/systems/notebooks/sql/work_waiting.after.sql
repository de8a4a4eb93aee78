SELECT work.state, work.kind, work.uid, work.since
FROM (
    (
        SELECT 'queued' AS state, j.kind, j.uid, j.created_at AS since FROM jobs AS j
        WHERE j.status = 'queued' AND j.deleted_at IS NULL ORDER BY j.created_at, j.uid LIMIT %(limit)s
    )
    UNION ALL
    (
        SELECT 'running', j.kind, j.uid, j.started_at FROM jobs AS j
        WHERE j.status = 'running' AND j.deleted_at IS NULL ORDER BY j.started_at, j.uid LIMIT %(limit)s
    )
    UNION ALL
    (
        SELECT 'pending', s.kind, s.uid, s.created_at FROM sources AS s
        WHERE s.status = 'pending' AND s.deleted_at IS NULL ORDER BY s.created_at, s.uid LIMIT %(limit)s
    )
) AS work
ORDER BY work.state, work.since, work.uid
