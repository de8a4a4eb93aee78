-- How long the oldest change has waited, which is not when the newest of those logged with it was made.
ALTER TABLE denorm.pending ADD COLUMN first_changed_at timestamptz NOT NULL DEFAULT clock_timestamp();
COMMENT ON COLUMN denorm.pending.first_changed_at IS 'The oldest change that this stands for; changed_at is the newest.';

-- What is logged and not looked at yet is pending too.
CREATE OR REPLACE VIEW denorm.mv_refresh_queue AS
SELECT m.system || '/' || m.name AS view_name,
    CASE WHEN q.requested_at IS NOT NULL THEN 'pending' ELSE coalesce(l.status, 'idle') END AS status,
    coalesce(q.requested_at, l.requested_at) AS refresh_requested_at,
    l.duration_ms AS last_refresh_duration_ms
FROM denorm.read_model AS m
LEFT JOIN (
    SELECT w.model_id, min(w.at) AS requested_at FROM (
        SELECT model_id, first_changed_at AS at FROM denorm.pending
        UNION ALL
        SELECT d.model_id, l.logged_at FROM denorm.change_log AS l JOIN denorm.dependency AS d USING (source_id)
    ) AS w GROUP BY w.model_id
) AS q ON q.model_id = m.id
LEFT JOIN LATERAL (
    SELECT r.status, r.requested_at, r.duration_ms FROM denorm.refresh AS r
    WHERE r.model_id = m.id ORDER BY r.started_at DESC LIMIT 1
) AS l ON true;
