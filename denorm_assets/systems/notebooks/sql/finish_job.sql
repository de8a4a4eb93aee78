-- Each claim counts up `attempts`, so who claimed it before and was taken for dead changes nothing.
UPDATE notebooks.jobs
SET status = 'finished', error = NULL, finished_at = clock_timestamp()
WHERE uid = :uid AND status = 'running' AND attempts = :attempts
