UPDATE notebooks.jobs
SET status = CASE WHEN attempts < :most_attempts THEN 'queued' ELSE 'failed' END,
    finished_at = CASE WHEN attempts < :most_attempts THEN NULL ELSE clock_timestamp() END,
    error = :error
WHERE uid = :uid AND status = 'running' AND attempts = :attempts
