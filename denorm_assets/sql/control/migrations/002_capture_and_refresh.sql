-- What changed, what that makes stale, and how it was refreshed.

CREATE TABLE denorm.source (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    table_schema text NOT NULL,
    table_name text NOT NULL,
    relation oid NOT NULL,
    logged_columns text[] NOT NULL,
    compared_columns text[] NOT NULL,
    fingerprint text NOT NULL,
    UNIQUE (table_schema, table_name)
);
COMMENT ON TABLE denorm.source IS 'Tables with capture triggers; change_log.image holds logged_columns in this order.';

CREATE TABLE denorm.dependency (
    model_id bigint NOT NULL REFERENCES denorm.read_model ON DELETE CASCADE,
    source_id integer NOT NULL REFERENCES denorm.source ON DELETE CASCADE,
    expansion text,
    broken text,
    PRIMARY KEY (model_id, source_id)
);
COMMENT ON COLUMN denorm.dependency.expansion IS
    'SELECT of affected anchors as text from "images"(image); NULL: any change makes everything stale.';
COMMENT ON COLUMN denorm.dependency.broken IS 'Why the expansion can no longer run; until rebuilt, any change makes everything stale.';

-- Append-only, no key: a de-duplicating queue loses updates, and one hot row would make every writer wait.
CREATE TABLE denorm.change_log (
    source_id integer NOT NULL,
    image text[],
    logged_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
COMMENT ON COLUMN denorm.change_log.image IS 'An old or new row''s logged columns as text; NULL: everything changed (TRUNCATE).';

CREATE TABLE denorm.pending (
    model_id bigint NOT NULL,
    anchor text,
    everything boolean NOT NULL DEFAULT false,
    changed_at timestamptz NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX pending_model_id_anchor_idx ON denorm.pending (model_id, anchor);

CREATE TABLE denorm.quarantine (
    model_id bigint NOT NULL REFERENCES denorm.read_model ON DELETE CASCADE,
    anchor text,
    error text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (model_id, anchor)
);
COMMENT ON TABLE denorm.quarantine IS 'Anchors whose rows cannot be computed; tried again when something changes.';

CREATE TABLE denorm.refresh (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model_id bigint NOT NULL REFERENCES denorm.read_model ON DELETE CASCADE,
    status text NOT NULL CHECK (status IN ('running', 'completed', 'failed')),
    requested_at timestamptz NOT NULL,
    started_at timestamptz NOT NULL,
    duration_ms double precision,
    anchors bigint,
    rows_written bigint,
    rows_removed bigint,
    error text
);
CREATE INDEX refresh_model_id_started_at_idx ON denorm.refresh (model_id, started_at DESC);

CREATE TABLE denorm.worker (
    system text PRIMARY KEY,
    holder text NOT NULL,
    beat_at timestamptz NOT NULL
);
COMMENT ON TABLE denorm.worker IS 'Resident workers; while one beats, the system''s sensor stands back.';

CREATE VIEW denorm.mv_refresh_log AS
SELECT m.system || '/' || m.name AS view_name, r.status, r.started_at AS refresh_started_at, r.duration_ms
FROM denorm.refresh AS r
JOIN denorm.read_model AS m ON m.id = r.model_id;

CREATE VIEW denorm.mv_refresh_queue AS
SELECT m.system || '/' || m.name AS view_name,
    CASE WHEN q.model_id IS NOT NULL THEN 'pending' ELSE coalesce(l.status, 'idle') END AS status,
    coalesce(q.requested_at, l.requested_at) AS refresh_requested_at,
    l.duration_ms AS last_refresh_duration_ms
FROM denorm.read_model AS m
LEFT JOIN (
    SELECT model_id, min(changed_at) AS requested_at FROM denorm.pending GROUP BY model_id
) AS q ON q.model_id = m.id
LEFT JOIN LATERAL (
    SELECT r.status, r.requested_at, r.duration_ms FROM denorm.refresh AS r
    WHERE r.model_id = m.id ORDER BY r.started_at DESC LIMIT 1
) AS l ON true;
