-- declare --
-- Nobody trusts what is new, or was not live, before its changes are logged: `go_live`.
INSERT INTO denorm.read_model
    (system, name, table_schema, range_set, code_version, columns, definition, counts_members, kind, state)
VALUES (%(system)s, %(name)s, %(table_schema)s, '', %(code_version)s, %(columns)s, %(definition)s, %(counts_members)s,
    'cache', 'needs_rebuild')
ON CONFLICT (system, name) DO UPDATE SET
    table_schema = excluded.table_schema, code_version = excluded.code_version, columns = excluded.columns,
    definition = excluded.definition, counts_members = excluded.counts_members, state = 'needs_rebuild'
WHERE read_model.kind = 'cache'
    AND (read_model.table_schema, read_model.code_version, read_model.definition, read_model.counts_members,
        read_model.state)
    IS DISTINCT FROM (
        excluded.table_schema, excluded.code_version, excluded.definition, excluded.counts_members, 'live');

-- go_live --
-- A generation that there has never been, even where the control schema was dropped and made anew, or restored.
UPDATE denorm.read_model SET state = 'live', live_at = coalesce(live_at, now()),
    generation = greatest(generation + 1, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
WHERE id = %(model_id)s AND code_version = %(code_version)s AND kind = 'cache' AND state <> 'live';

-- keep --
-- What was kept elsewhere may hold what was deleted here only: everything is void.
UPDATE denorm.read_model SET kept_by = %(keeper)s, generation = generation + (kept_by IS NOT NULL)::int
WHERE system = ANY (%(systems)s) AND kind = 'cache' AND kept_by IS DISTINCT FROM %(keeper)s;

-- of_system --
SELECT name, id AS model_id, code_version, counts_members, generation, state, definition FROM denorm.read_model
WHERE system = %(system)s AND kind = 'cache';

-- take --
-- What is pending for the caches of some systems, taken away, and whether a change still waits in the log that was
-- committed before the snapshot `seen`: both as of one instant, so that a change which somebody else moves at this moment
-- is in either. A row's xmin has 32 bits; its distance from the snapshot's end tells which it is.
-- `transactions` are those by which an owner changed, where all of them are known.
WITH kept AS (
    SELECT id, system, name, code_version, generation, definition FROM denorm.read_model
    WHERE system = ANY (%(systems)s) AND kind = 'cache' AND state = 'live'
), taken AS (
    DELETE FROM denorm.pending AS p USING kept AS k WHERE p.model_id = k.id
    RETURNING p.model_id, p.anchor, p.everything, p.transaction_id
)
SELECT k.id AS model_id, k.system, k.name, k.code_version, k.generation, k.definition,
    ARRAY(SELECT DISTINCT t.anchor FROM taken AS t WHERE t.model_id = k.id AND t.anchor IS NOT NULL) AS owners,
    (SELECT coalesce(jsonb_object_agg(o.anchor, o.transactions), '{}') FROM (
        SELECT t.anchor, jsonb_agg(t.transaction_id) AS transactions FROM taken AS t
        WHERE t.model_id = k.id AND t.anchor IS NOT NULL
        GROUP BY t.anchor HAVING count(t.transaction_id) = count(*)
    ) AS o) AS transactions,
    EXISTS (SELECT FROM taken AS t WHERE t.model_id = k.id AND t.everything) AS everything,
    denorm.unlogged_since() IS NOT NULL OR EXISTS (
        SELECT FROM denorm.change_log AS l JOIN denorm.dependency AS d ON d.source_id = l.source_id
        CROSS JOIN LATERAL (
            SELECT (pg_snapshot_xmax(seen.at)::text::bigint - l.xmin::text::bigint) & 4294967295 AS distance
        ) AS found
        WHERE d.model_id = k.id AND found.distance BETWEEN 1 AND 2147483647
            AND pg_visible_in_snapshot(
                (pg_snapshot_xmax(seen.at)::text::bigint - found.distance)::text::xid8, seen.at)) AS behind
FROM kept AS k, (SELECT %(seen)s::text::pg_snapshot AS at) AS seen;

-- moment --
-- What is committed now; and the server's history: another one after a failover, which may lose what Redis has seen, and
-- after a crash (PostgreSQL then begins its statistics anew), which does so to commits that did not wait for the disk.
SELECT pg_current_snapshot()::text AS seen,
    CASE WHEN pg_is_in_recovery() THEN '' ELSE left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) END
        || '/' || coalesce(stats_reset::text, '') AS history
FROM pg_stat_wal;

-- generations --
-- Of now: while `take` waited for another keeper, a new one may have begun.
SELECT id AS model_id, generation FROM denorm.read_model WHERE kind = 'cache' AND system = ANY (%(systems)s);

-- begin_generation --
UPDATE denorm.read_model SET generation = generation + 1 WHERE id = %(model_id)s RETURNING generation;

-- needs_rebuild --
UPDATE denorm.read_model SET state = 'needs_rebuild' WHERE id = %(model_id)s AND kind = 'cache';

-- distrusted --
SELECT system, name FROM denorm.read_model
WHERE system = ANY (%(systems)s) AND kind = 'cache' AND state = 'needs_rebuild';

-- changed_shapes --
SELECT m.id AS model_id FROM denorm.read_model AS m
WHERE m.system = ANY (%(systems)s) AND m.kind = 'cache' AND (EXISTS (
    SELECT FROM denorm.source AS s JOIN denorm.dependency AS d ON d.source_id = s.id
    WHERE d.model_id = m.id AND (
        s.relation IS DISTINCT FROM to_regclass(format('%%I.%%I', s.table_schema, s.table_name))::oid
        OR d.shape IS DISTINCT FROM denorm.column_shape(s.relation, d.columns)))
    OR EXISTS (SELECT FROM denorm.altered_views(m.id)));

-- identity --
-- Of this database, so that two that share a Redis server never read each other's keys.
SELECT system_identifier::text || '/' || (SELECT oid FROM pg_database WHERE datname = current_database()) AS identity
FROM pg_control_system();

-- forget --
WITH stale AS (DELETE FROM denorm.pending WHERE model_id = %(model_id)s)
DELETE FROM denorm.read_model WHERE id = %(model_id)s AND kind = 'cache';
