SELECT work.state, work.kind, work.id::uuid AS uid, work.since
FROM (
    (
        SELECT 'queued' AS state, j.kind, j.id, j.created_at AS since FROM jobs AS j
        WHERE j.status = 'queued' AND coalesce(j.deleted_at > 'infinity', true)
        ORDER BY j.created_at, j.id LIMIT %(limit)s
    )
    UNION ALL
    (
        SELECT 'running', j.kind, j.id, j.started_at FROM jobs AS j
        WHERE j.status = 'running' AND coalesce(j.deleted_at > 'infinity', true)
        ORDER BY j.started_at, j.id LIMIT %(limit)s
    )
    UNION ALL
    (
        SELECT 'pending', s.kind, s.id, s.created_at FROM sources AS s
        WHERE s.status = 'pending' AND coalesce(s.deleted_at > 'infinity', true)
        ORDER BY s.created_at, s.id LIMIT %(limit)s
    )
) AS work
ORDER BY work.state, work.since, work.id
