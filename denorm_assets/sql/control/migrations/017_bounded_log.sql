-- A bound for the change log. Above it capture stops logging, and the next dispatch makes everything stale instead.

CREATE TABLE denorm.log_limit (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    bytes bigint,
    rows bigint GENERATED ALWAYS AS (CASE WHEN bytes IS NULL THEN 9223372036854775807 ELSE greatest(bytes / 200, 20) END) STORED,
    stopped_at timestamptz,
    resumed_at timestamptz,
    covered bigint NOT NULL DEFAULT 0,
    seen bigint,
    seen_by xid8,
    seen_at timestamptz
);
INSERT INTO denorm.log_limit DEFAULT VALUES;
COMMENT ON COLUMN denorm.log_limit.bytes IS 'Size of the change log at which capture stops logging (DENORM_LOG_LIMIT_MB); NULL: none.';
COMMENT ON COLUMN denorm.log_limit.rows IS 'Most rows that a statement logs; one that changes more makes everything stale.';
COMMENT ON COLUMN denorm.log_limit.stopped_at IS 'When logging stopped the last time, as dispatches found it; resumed_at: when it resumed.';
COMMENT ON COLUMN denorm.log_limit.covered IS 'Value of unlogged_change up to which everything was made stale.';
COMMENT ON COLUMN denorm.log_limit.seen IS
    'A later value. Everything is made stale once all transactions before seen_by have ended: one of them may have set it.';

-- Sequences, because a writer has to set these at once, without a row of its own and without waiting for others. They are
-- set by setval alone: nextval would change what the application's lastval() says.
CREATE SEQUENCE denorm.log_room MINVALUE -9223372036854775808;
SELECT setval('denorm.log_room', 9223372036854775807);
COMMENT ON SEQUENCE denorm.log_room IS
    'Most rows that a statement may log; negative: logging stopped at that many milliseconds since 1970.';
CREATE SEQUENCE denorm.unlogged_change MINVALUE -9223372036854775808;
SELECT setval('denorm.unlogged_change', 0);
COMMENT ON SEQUENCE denorm.unlogged_change IS 'A random number, set by every statement whose changes are not logged.';

-- What is not logged is pending too.
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
        UNION ALL
        SELECT d.model_id, CASE WHEN r.last_value < 0 THEN to_timestamp(r.last_value / -1000.0) ELSE coalesce(b.seen_at, now()) END
        FROM denorm.log_limit AS b
        JOIN denorm.unlogged_change AS u ON u.last_value <> b.covered
        CROSS JOIN denorm.log_room AS r
        CROSS JOIN denorm.dependency AS d
    ) AS w GROUP BY w.model_id
) AS q ON q.model_id = m.id
LEFT JOIN LATERAL (
    SELECT r.status, r.requested_at, r.duration_ms FROM denorm.refresh AS r
    WHERE r.model_id = m.id ORDER BY r.started_at DESC LIMIT 1
) AS l ON true;
