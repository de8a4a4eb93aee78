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

-- Moves the change log to the pending anchors of every dependent read model: consumed and expanded in ONE statement,
-- and so in one snapshot. An expansion that no longer runs marks its dependency broken and makes everything stale.
CREATE FUNCTION denorm.dispatch() RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    moved bigint;
    d record;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('denorm dispatch', 0)) THEN
        RETURN 0;
    END IF;
    BEGIN
        EXECUTE denorm.dispatch_statement() INTO moved;
    EXCEPTION WHEN data_exception OR syntax_error_or_access_rule_violation OR invalid_schema_name THEN
        FOR d IN SELECT model_id, source_id, expansion FROM denorm.dependency WHERE expansion IS NOT NULL AND broken IS NULL LOOP
            BEGIN
                EXECUTE format(
                    'WITH images AS (SELECT image FROM denorm.change_log WHERE source_id = %s AND image IS NOT NULL) '
                    'SELECT count(*) FROM (%s) AS x', d.source_id, d.expansion
                );
            EXCEPTION WHEN OTHERS THEN
                UPDATE denorm.dependency SET broken = SQLERRM WHERE model_id = d.model_id AND source_id = d.source_id;
                UPDATE denorm.read_model SET state = 'needs_rebuild' WHERE id = d.model_id AND state = 'live';
            END;
        END LOOP;
        EXECUTE denorm.dispatch_statement() INTO moved;
    END;
    RETURN moved;
END $$;

CREATE FUNCTION denorm.dispatch_statement() RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'WITH consumed AS MATERIALIZED (DELETE FROM denorm.change_log RETURNING source_id, image, logged_at), '
        'stale (model_id, anchor, everything, changed_at) AS ('
        || coalesce(string_agg(
            CASE WHEN expansion IS NULL OR broken IS NOT NULL THEN ''
            ELSE format(
                '(WITH images AS (SELECT image FROM consumed WHERE source_id = %s AND image IS NOT NULL) '
                'SELECT %s::bigint, x.anchor, false, (SELECT max(logged_at) FROM consumed WHERE source_id = %s) '
                'FROM (%s) AS x (anchor)) UNION ALL ', source_id, model_id, source_id, expansion)
            END
            || format(
                '(SELECT %s::bigint, NULL::text, true, max(logged_at) FROM consumed WHERE source_id = %s%s HAVING count(*) > 0)',
                model_id, source_id,
                CASE WHEN expansion IS NULL OR broken IS NOT NULL THEN '' ELSE ' AND image IS NULL' END),
            ' UNION ALL '), 'SELECT NULL::bigint, NULL::text, false, NULL::timestamptz WHERE false')
        || '), kept AS (INSERT INTO denorm.pending (model_id, anchor, everything, changed_at) SELECT * FROM stale) '
        'SELECT count(*) FROM consumed'
    FROM denorm.dependency
$$;

-- Names and types of the columns that read models use, and the partitions; other columns may come and go.
CREATE FUNCTION denorm.fingerprint(relation oid, columns text[]) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE below AS (
        SELECT i.inhrelid FROM pg_inherits AS i WHERE i.inhparent = relation
        UNION ALL
        SELECT i.inhrelid FROM pg_inherits AS i JOIN below AS b ON b.inhrelid = i.inhparent
    )
    SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attname)
        || coalesce((SELECT ' over ' || string_agg(inhrelid::text, ' ' ORDER BY inhrelid) FROM below), '')
    FROM pg_attribute AS a
    WHERE a.attrelid = relation AND a.attname = ANY (columns) AND a.attnum > 0 AND NOT a.attisdropped
$$;

-- What a view says, every name in it with its schema: it then means the same under any search path.
CREATE FUNCTION denorm.text_of_view(view regclass) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog AS $$ SELECT rtrim(pg_get_viewdef(view), ';') $$;

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
