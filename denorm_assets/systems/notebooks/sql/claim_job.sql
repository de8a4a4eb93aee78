-- The oldest job that waits and that nobody else claims at this moment. MATERIALIZED, so that just one row is locked
-- however the two parts are joined.
WITH oldest AS MATERIALIZED (
    SELECT uid FROM notebooks.jobs
    WHERE status = 'queued' AND deleted_at IS NULL
    ORDER BY created_at
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
UPDATE notebooks.jobs AS j
SET status = 'running', attempts = j.attempts + 1, worker = :worker, started_at = clock_timestamp()
FROM oldest
WHERE j.uid = oldest.uid
RETURNING j.uid, j.kind, j.payload, j.user_uid, j.notebook_uid, j.attempts
