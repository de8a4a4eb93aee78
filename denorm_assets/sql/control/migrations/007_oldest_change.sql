-- How long the oldest change has waited, which is not when the newest of those logged with it was made.
ALTER TABLE denorm.pending ADD COLUMN first_changed_at timestamptz NOT NULL DEFAULT clock_timestamp();
COMMENT ON COLUMN denorm.pending.first_changed_at IS 'The oldest change that this stands for; changed_at is the newest.';

CREATE OR REPLACE FUNCTION denorm.dispatch_statement(failing text[], blocked integer[]) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT format(
        'WITH consumed AS MATERIALIZED ('
        'DELETE FROM denorm.change_log WHERE source_id <> ALL (%L::integer[]) RETURNING source_id, image, logged_at), '
        'stale (model_id, anchor, everything, first_changed_at, changed_at) AS (', blocked)
        || coalesce(string_agg(
            CASE WHEN d.whole THEN ''
            ELSE format(
                '(WITH images AS (SELECT image FROM consumed WHERE source_id = %s AND image IS NOT NULL) '
                'SELECT %s::bigint, x.anchor, false, logged.first, logged.last FROM (%s) AS x (anchor), '
                '(SELECT min(logged_at) AS first, max(logged_at) AS last FROM consumed WHERE source_id = %s) AS logged) '
                'UNION ALL ', d.source_id, d.model_id, d.expansion, d.source_id)
            END
            || format(
                '(SELECT %s::bigint, NULL::text, true, min(logged_at), max(logged_at) FROM consumed '
                'WHERE source_id = %s%s HAVING count(*) > 0)',
                d.model_id, d.source_id, CASE WHEN d.whole THEN '' ELSE ' AND image IS NULL' END),
            ' UNION ALL '), 'SELECT NULL::bigint, NULL::text, false, NULL::timestamptz, NULL::timestamptz WHERE false')
        || '), kept AS (INSERT INTO denorm.pending (model_id, anchor, everything, first_changed_at, changed_at) '
        'SELECT * FROM stale) SELECT count(*) FROM consumed'
    FROM (
        SELECT model_id, source_id, expansion,
            expansion IS NULL OR broken IS NOT NULL OR model_id || ':' || source_id = ANY (failing) AS whole
        FROM denorm.dependency
        WHERE source_id <> ALL (blocked)
    ) AS d
$$;

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
