-- The one statement of `dispatch`. `failing` are "model:source" whose images cannot be expanded this time, so that they
-- make everything stale; `blocked` are sources whose changes stay in the log. Of caches that count a table's rows, a
-- change that is alone in its transaction is expanded by itself, with that transaction, unless many came at once.
CREATE OR REPLACE FUNCTION denorm.dispatch_statement(failing text[], blocked integer[]) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_catalog.concat(pg_catalog.format(
        'WITH consumed AS MATERIALIZED ('
        'DELETE FROM denorm.change_log WHERE source_id OPERATOR(pg_catalog.<>) ALL (%L::pg_catalog.int4[]) '
        'RETURNING source_id, image, logged_at, xmin AS logged_by), '
        'stale (model_id, anchor, everything, first_changed_at, changed_at, transaction_id) AS (', blocked),
        COALESCE(pg_catalog.string_agg(pg_catalog.concat(
            CASE WHEN d.whole THEN ''
            WHEN d.counts_members THEN pg_catalog.format(
                '(WITH alone AS MATERIALIZED (SELECT logged_by FROM consumed WHERE source_id OPERATOR(pg_catalog.=) %1$s '
                'AND (SELECT pg_catalog.count(*) FROM consumed WHERE source_id OPERATOR(pg_catalog.=) %1$s) '
                'OPERATOR(pg_catalog.<=) 1000 GROUP BY logged_by HAVING pg_catalog.count(*) OPERATOR(pg_catalog.=) 1), '
                'images AS (SELECT image FROM consumed WHERE source_id OPERATOR(pg_catalog.=) %1$s AND image IS NOT NULL '
                'AND logged_by OPERATOR(pg_catalog.<>) ALL (ARRAY(SELECT logged_by FROM alone))) '
                'SELECT %2$s::pg_catalog.int8, x.anchor, false, logged.first, logged.last, NULL::pg_catalog.int8 '
                'FROM (%3$s) AS x (anchor), '
                '(SELECT pg_catalog.min(logged_at) AS first, pg_catalog.max(logged_at) AS last '
                'FROM consumed WHERE source_id OPERATOR(pg_catalog.=) %1$s) AS logged '
                'UNION ALL '
                'SELECT %2$s::pg_catalog.int8, x.anchor, false, l.logged_at, l.logged_at, '
                -- A row's xmin has 32 bits; its distance from the snapshot's end tells which transaction it is.
                'CASE WHEN of.distance OPERATOR(pg_catalog.>=) 1 AND of.distance OPERATOR(pg_catalog.<=) 2147483647 '
                'THEN now.beyond OPERATOR(pg_catalog.-) of.distance END '
                'FROM (SELECT pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())'
                '::pg_catalog.text::pg_catalog.int8 AS beyond) AS now, '
                'consumed AS l JOIN alone ON l.logged_by OPERATOR(pg_catalog.=) alone.logged_by, '
                'LATERAL (SELECT (now.beyond OPERATOR(pg_catalog.-) l.logged_by::pg_catalog.text::pg_catalog.int8) '
                'OPERATOR(pg_catalog.&) 4294967295 AS distance) AS of, '
                'LATERAL (WITH images AS (SELECT l.image) SELECT e.anchor FROM (%3$s) AS e (anchor)) AS x '
                'WHERE l.source_id OPERATOR(pg_catalog.=) %1$s AND l.image IS NOT NULL) UNION ALL ',
                d.source_id, d.model_id, d.expansion)
            ELSE pg_catalog.format(
                '(WITH images AS (SELECT image FROM consumed WHERE source_id OPERATOR(pg_catalog.=) %s '
                'AND image IS NOT NULL) '
                'SELECT %s::pg_catalog.int8, x.anchor, false, logged.first, logged.last, NULL::pg_catalog.int8 '
                'FROM (%s) AS x (anchor), (SELECT pg_catalog.min(logged_at) AS first, pg_catalog.max(logged_at) AS last '
                'FROM consumed WHERE source_id OPERATOR(pg_catalog.=) %s) AS logged) '
                'UNION ALL ', d.source_id, d.model_id, d.expansion, d.source_id)
            END,
            pg_catalog.format(
                '(SELECT %s::pg_catalog.int8, NULL::pg_catalog.text, true, pg_catalog.min(logged_at), '
                'pg_catalog.max(logged_at), NULL::pg_catalog.int8 FROM consumed '
                'WHERE source_id OPERATOR(pg_catalog.=) %s%s HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 0)',
                d.model_id, d.source_id, CASE WHEN d.whole THEN '' ELSE ' AND image IS NULL' END)),
            ' UNION ALL '),
            'SELECT NULL::pg_catalog.int8, NULL::pg_catalog.text, false, NULL::pg_catalog.timestamptz, '
            'NULL::pg_catalog.timestamptz, NULL::pg_catalog.int8 WHERE false'),
        '), kept AS (INSERT INTO denorm.pending '
        '(model_id, anchor, everything, first_changed_at, changed_at, transaction_id) '
        'SELECT * FROM stale) SELECT pg_catalog.count(*) FROM consumed')
    FROM (
        SELECT p.model_id, p.source_id, p.expansion, m.counts_members,
            p.expansion IS NULL OR p.broken IS NOT NULL OR denorm.counts_as_slow(p.slow_at)
                OR pg_catalog.concat(p.model_id, ':', p.source_id) OPERATOR(pg_catalog.=) ANY (failing) AS whole
        FROM denorm.dependency AS p JOIN denorm.read_model AS m ON m.id OPERATOR(pg_catalog.=) p.model_id
        WHERE p.source_id OPERATOR(pg_catalog.<>) ALL (blocked)
    ) AS d
$$;
