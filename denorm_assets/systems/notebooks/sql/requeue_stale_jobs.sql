-- A job that kills its worker each time fails in the end. Who is just finishing one holds its lock, and keeps it.
WITH stale AS MATERIALIZED (
    SELECT uid FROM notebooks.jobs
    WHERE status = 'running' AND deleted_at IS NULL AND started_at < now() - make_interval(secs => :seconds)
    FOR UPDATE SKIP LOCKED
)
UPDATE notebooks.jobs AS j
SET status = CASE WHEN j.attempts < :most_attempts THEN 'queued' ELSE 'failed' END,
    finished_at = CASE WHEN j.attempts < :most_attempts THEN NULL ELSE clock_timestamp() END,
    error = format('the worker %s did not finish it in time', j.worker)
FROM stale
WHERE j.uid = stale.uid
