-- As before; and for such counts, changes that are alone in their transaction are expanded by themselves, unless many
-- came at once.
CREATE OR REPLACE FUNCTION denorm.dispatch_statement(failing text[], blocked integer[]) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT format(
        'WITH consumed AS MATERIALIZED ('
        'DELETE FROM denorm.change_log WHERE source_id <> ALL (%L::integer[]) '
        'RETURNING source_id, image, logged_at, xmin AS logged_by), '
        'stale (model_id, anchor, everything, first_changed_at, changed_at, transaction_id) AS (', blocked)
        || coalesce(string_agg(
            CASE WHEN d.whole THEN ''
            WHEN d.counts_members THEN format(
                '(WITH alone AS MATERIALIZED (SELECT logged_by FROM consumed WHERE source_id = %1$s '
                'AND (SELECT count(*) FROM consumed WHERE source_id = %1$s) <= 1000 '
                'GROUP BY logged_by HAVING count(*) = 1), '
                'images AS (SELECT image FROM consumed WHERE source_id = %1$s AND image IS NOT NULL '
                'AND logged_by NOT IN (SELECT logged_by FROM alone)) '
                'SELECT %2$s::bigint, x.anchor, false, logged.first, logged.last, NULL::bigint FROM (%3$s) AS x (anchor), '
                '(SELECT min(logged_at) AS first, max(logged_at) AS last FROM consumed WHERE source_id = %1$s) AS logged '
                'UNION ALL '
                'SELECT %2$s::bigint, x.anchor, false, l.logged_at, l.logged_at, '
                -- A row's xmin has 32 bits; its distance from the snapshot's end tells which transaction it is.
                'CASE WHEN of.distance BETWEEN 1 AND 2147483647 THEN now.beyond - of.distance END '
                'FROM (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS beyond) AS now, '
                'consumed AS l JOIN alone USING (logged_by), '
                'LATERAL (SELECT (now.beyond - l.logged_by::text::bigint) & 4294967295 AS distance) AS of, '
                'LATERAL (WITH images AS (SELECT l.image) SELECT e.anchor FROM (%3$s) AS e (anchor)) AS x '
                'WHERE l.source_id = %1$s AND l.image IS NOT NULL) UNION ALL ', d.source_id, d.model_id, d.expansion)
            ELSE format(
                '(WITH images AS (SELECT image FROM consumed WHERE source_id = %s AND image IS NOT NULL) '
                'SELECT %s::bigint, x.anchor, false, logged.first, logged.last, NULL::bigint FROM (%s) AS x (anchor), '
                '(SELECT min(logged_at) AS first, max(logged_at) AS last FROM consumed WHERE source_id = %s) AS logged) '
                'UNION ALL ', d.source_id, d.model_id, d.expansion, d.source_id)
            END
            || format(
                '(SELECT %s::bigint, NULL::text, true, min(logged_at), max(logged_at), NULL::bigint FROM consumed '
                'WHERE source_id = %s%s HAVING count(*) > 0)',
                d.model_id, d.source_id, CASE WHEN d.whole THEN '' ELSE ' AND image IS NULL' END),
            ' UNION ALL '),
            'SELECT NULL::bigint, NULL::text, false, NULL::timestamptz, NULL::timestamptz, NULL::bigint WHERE false')
        || '), kept AS (INSERT INTO denorm.pending '
        '(model_id, anchor, everything, first_changed_at, changed_at, transaction_id) '
        'SELECT * FROM stale) SELECT count(*) FROM consumed'
    FROM (
        SELECT p.model_id, p.source_id, p.expansion, m.counts_members,
            p.expansion IS NULL OR p.broken IS NOT NULL OR p.model_id || ':' || p.source_id = ANY (failing) AS whole
        FROM denorm.dependency AS p JOIN denorm.read_model AS m ON m.id = p.model_id
        WHERE p.source_id <> ALL (blocked)
    ) AS d
$$;
