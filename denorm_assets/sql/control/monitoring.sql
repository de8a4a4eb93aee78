-- refreshes --
SELECT m.name, count(r.id) FILTER (WHERE r.status = 'completed') AS completed,
    avg(r.duration_ms) FILTER (WHERE r.status = 'completed') AS average_ms,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY r.duration_ms) FILTER (WHERE r.status = 'completed') AS p95_ms,
    max(r.duration_ms) FILTER (WHERE r.status = 'completed') AS longest_ms,
    count(r.id) FILTER (WHERE r.status = 'failed') AS failed,
    count(r.id) FILTER (WHERE r.status = 'failed' AND r.id > last.id) AS failed_since,
    (array_agg(r.error ORDER BY r.id DESC) FILTER (WHERE r.status = 'failed'))[1] AS last_error
FROM denorm.read_model AS m
LEFT JOIN denorm.refresh AS r ON r.model_id = m.id
    AND r.started_at > clock_timestamp() - make_interval(hours => %(hours)s)
CROSS JOIN LATERAL (
    SELECT coalesce(max(c.id), 0) AS id FROM denorm.refresh AS c
    WHERE c.model_id = m.id AND c.status = 'completed'
) AS last
WHERE m.system = %(system)s
GROUP BY m.name ORDER BY m.name;

-- change_log --
SELECT s.table_schema || '.' || s.table_name AS source, count(l.source_id) AS rows,
    coalesce(extract(epoch FROM clock_timestamp() - min(l.logged_at)), 0)::double precision AS oldest_seconds
FROM denorm.source AS s
LEFT JOIN denorm.change_log AS l ON l.source_id = s.id
WHERE s.id IN (
    SELECT d.source_id FROM denorm.dependency AS d JOIN denorm.read_model AS m ON m.id = d.model_id
    WHERE m.system = %(system)s)
GROUP BY s.table_schema, s.table_name ORDER BY 1;

-- log_bytes --
SELECT pg_total_relation_size('denorm.change_log') AS change_log, pg_total_relation_size('denorm.pending') AS pending,
    b.bytes AS most,
    CASE WHEN room < 0 THEN to_timestamp(room / -1000.0) END AS stopped,
    denorm.unlogged_since() AS unlogged_since, b.stopped_at, b.resumed_at
FROM denorm.log_limit AS b, pg_sequence_last_value('denorm.log_room') AS room;

-- oldest_transaction --
-- Whose changes may be missing from the log, or whose snapshot keeps consumed changes from being vacuumed, for long.
SELECT a.pid, coalesce(a.usename, a.backend_type) AS role, coalesce(a.state, 'active') AS state,
    round(extract(epoch FROM clock_timestamp() - a.xact_start))::bigint AS seconds
FROM pg_stat_activity AS a
WHERE a.pid <> pg_backend_pid() AND a.xact_start < clock_timestamp() - interval '1 minute'
    AND (a.backend_xid IS NOT NULL OR a.backend_xmin IS NOT NULL)
ORDER BY a.xact_start LIMIT 1;

-- reads --
-- Blocks read of our tables, views and their indexes: from memory, or asked of the system.
SELECT s.schemaname || '.' || s.relname AS table,
    coalesce(s.heap_blks_hit, 0) + coalesce(s.idx_blks_hit, 0) + coalesce(s.toast_blks_hit, 0) AS hit,
    coalesce(s.heap_blks_read, 0) + coalesce(s.idx_blks_read, 0) + coalesce(s.toast_blks_read, 0) AS read
FROM pg_statio_all_tables AS s
WHERE s.relid = ANY (%(relations)s::oid[])
ORDER BY 3 DESC, 1;

-- owned --
-- The tables and views of a system, their partitions, and the control schema's.
SELECT c.oid::bigint AS relation FROM pg_class AS c
LEFT JOIN pg_inherits AS i ON i.inhrelid = c.oid AND c.relispartition
WHERE c.relkind IN ('r', 'm') AND (
    c.relnamespace = 'denorm'::regnamespace
    OR obj_description(coalesce(i.inhparent, c.oid), 'pg_class')
        LIKE 'denorm\_assets read model ' || %(system)s::text || '/%%');

-- indexes --
-- Our indexes, on read models and on tables of the application, with how often their table was read.
SELECT s.schemaname || '.' || s.indexrelname AS index, s.schemaname || '.' || s.relname AS table,
    s.idx_scan AS scans, coalesce(t.seq_scan, 0) + coalesce(t.idx_scan, 0) AS table_reads,
    pg_relation_size(s.indexrelid) AS bytes, x.indisunique AS is_unique,
    extract(epoch FROM clock_timestamp() - greatest(d.stats_reset, (
        SELECT min(m.live_at) FROM denorm.read_model AS m WHERE m.system = %(system)s
    )))::double precision / 86400 AS days
FROM pg_stat_all_indexes AS s
JOIN pg_stat_all_tables AS t ON t.relid = s.relid
JOIN pg_index AS x ON x.indexrelid = s.indexrelid AND x.indisvalid
JOIN pg_stat_database AS d ON d.datname = current_database()
WHERE obj_description(s.indexrelid, 'pg_class') LIKE 'denorm\_assets%%'
    AND (s.schemaname, s.relname) IN (SELECT * FROM unnest(%(schemas)s::text[], %(tables)s::text[]))
ORDER BY 1;

-- duplicate_indexes --
-- Pairs of which one is ours, alike in all but their names: a unique one does the work of both.
SELECT n.nspname || '.' || c.relname AS table, ai.relname AS index, bi.relname AS same_as,
    pg_relation_size(a.indexrelid) AS bytes
FROM pg_index AS a
JOIN pg_index AS b ON b.indrelid = a.indrelid AND b.indexrelid <> a.indexrelid
JOIN pg_class AS ai ON ai.oid = a.indexrelid
JOIN pg_class AS bi ON bi.oid = b.indexrelid AND bi.relam = ai.relam
JOIN pg_class AS c ON c.oid = a.indrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE (n.nspname, c.relname) IN (SELECT * FROM unnest(%(schemas)s::text[], %(tables)s::text[]))
    AND obj_description(a.indexrelid, 'pg_class') LIKE 'denorm\_assets%%'
    AND (a.indkey::text, a.indclass::text, a.indcollation::text, a.indoption::text, a.indnkeyatts)
        = (b.indkey::text, b.indclass::text, b.indcollation::text, b.indoption::text, b.indnkeyatts)
    AND pg_get_expr(a.indpred, a.indrelid) IS NOT DISTINCT FROM pg_get_expr(b.indpred, b.indrelid)
    AND pg_get_expr(a.indexprs, a.indrelid) IS NOT DISTINCT FROM pg_get_expr(b.indexprs, b.indrelid)
    -- The one that can go: ours that is not unique, and of two of ours the younger.
    AND (NOT a.indisunique OR b.indisunique)
    AND (
        coalesce(obj_description(b.indexrelid, 'pg_class'), '') NOT LIKE 'denorm\_assets%%'
        OR (b.indisunique AND NOT a.indisunique) OR (a.indisunique = b.indisunique AND a.indexrelid > b.indexrelid))
ORDER BY 1, 2, 3;

-- dead_rows --
-- What VACUUM has left to do; and the size of each table against what its rows would need, as ANALYZE measured them.
SELECT s.schemaname || '.' || s.relname AS table, s.schemaname AS schema, s.relname AS name,
    s.n_live_tup AS live, s.n_dead_tup AS dead, pg_relation_size(s.relid) AS bytes,
    CASE WHEN c.reltuples > 0 THEN
        (c.reltuples * (28 + coalesce((
            SELECT sum(p.avg_width) FROM pg_stats AS p WHERE p.schemaname = s.schemaname AND p.tablename = s.relname), 0
        )))::bigint
    END AS estimated_bytes,
    greatest(s.last_vacuum, s.last_autovacuum)::text AS vacuumed
FROM pg_stat_all_tables AS s
JOIN pg_class AS c ON c.oid = s.relid
WHERE s.relid = ANY (%(relations)s::oid[])
ORDER BY s.n_dead_tup DESC, 1;
