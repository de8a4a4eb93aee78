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
