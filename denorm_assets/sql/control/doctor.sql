-- server --
SELECT current_database() AS name, current_user AS role, session_user AS login,
    (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = current_user) AS superuser,
    pg_has_role('pg_read_all_stats', 'USAGE') AS sees_sessions,
    current_setting('server_version_num')::integer AS number, pg_is_in_recovery() AS standby;

-- now --
SELECT extract(epoch FROM clock_timestamp())::double precision AS now;

-- settings --
-- What our login has in this database unless a session sets it.
SELECT s.name, s.reset_val AS value FROM pg_settings AS s WHERE s.name = ANY (%(names)s);

-- role_settings --
-- What the database and its roles set, with the statement that does so, up to its SET.
SELECT CASE
    WHEN s.setrole = 0 AND s.setdatabase = 0 THEN 'ALTER ROLE ALL'
    WHEN s.setrole = 0 THEN 'ALTER DATABASE ' || quote_ident(current_database())
    WHEN s.setdatabase = 0 THEN 'ALTER ROLE ' || quote_ident(r.rolname)
    ELSE 'ALTER ROLE ' || quote_ident(r.rolname) || ' IN DATABASE ' || quote_ident(current_database()) END AS alter,
    r.rolname AS role, split_part(c.setting, '=', 1) AS name, substr(c.setting, strpos(c.setting, '=') + 1) AS value
FROM pg_db_role_setting AS s
LEFT JOIN pg_roles AS r ON r.oid = s.setrole
CROSS JOIN unnest(s.setconfig) AS c (setting)
WHERE s.setdatabase IN (0, (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()))
    AND split_part(c.setting, '=', 1) = ANY (%(names)s)
ORDER BY 1, 3;

-- synchronous_standbys --
-- Whether each commit waits for a standby, and whether there is one that answers.
SELECT (SELECT s.reset_val FROM pg_settings AS s WHERE s.name = 'synchronous_commit') NOT IN ('off', 'local') AS waits,
    current_setting('synchronous_standby_names') AS names,
    EXISTS (SELECT FROM pg_stat_replication AS r WHERE r.sync_state IN ('sync', 'quorum')) AS answered;

-- connections --
-- The limits that our login meets, and how many connections count against each.
SELECT 'the server' AS where, 'server' AS of, m.most - m.reserved AS most, m.most AS setting,
    (SELECT count(a.datid) FROM pg_stat_activity AS a) AS used
FROM (
    SELECT current_setting('max_connections')::integer AS most,
        current_setting('superuser_reserved_connections')::integer
            + coalesce(current_setting('reserved_connections', true)::integer, 0) AS reserved
) AS m
UNION ALL
SELECT 'the database ' || d.datname, 'database', d.datconnlimit, d.datconnlimit,
    (SELECT count(*) FROM pg_stat_activity AS a WHERE a.datid = d.oid)
FROM pg_database AS d WHERE d.datname = current_database() AND d.datconnlimit >= 0
UNION ALL
SELECT 'the role ' || r.rolname, 'role', r.rolconnlimit, r.rolconnlimit,
    (SELECT count(*) FROM pg_stat_activity AS a WHERE a.usesysid = r.oid)
FROM pg_roles AS r WHERE r.rolname = session_user AND r.rolconnlimit >= 0;

-- lacking_privileges --
-- What our role lacks on tables and views that are there.
SELECT n.nspname AS schema, c.relname AS table, string_agg(w.privilege, ', ' ORDER BY w.privilege) AS privileges
FROM unnest(%(schemas)s::text[], %(tables)s::text[], %(privileges)s::text[]) AS w (schema, name, privilege)
JOIN pg_namespace AS n ON n.nspname = w.schema
JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = w.name
WHERE NOT has_table_privilege(c.oid, w.privilege)
GROUP BY n.nspname, c.relname
ORDER BY 1, 2;

-- lacking_on_schemas --
SELECT n.nspname AS schema, string_agg(w.privilege, ', ' ORDER BY w.privilege) AS privileges
FROM unnest(%(schemas)s::text[], %(privileges)s::text[]) AS w (schema, privilege)
JOIN pg_namespace AS n ON n.nspname = w.schema
WHERE NOT has_schema_privilege(n.oid, w.privilege)
GROUP BY n.nspname
ORDER BY 1;

-- lacking_on_database --
-- Temporary views describe definitions. CREATE makes the schema denorm, where that is not there yet.
SELECT w.privilege FROM (VALUES ('TEMPORARY', true), ('CREATE', to_regnamespace('denorm') IS NULL)) AS w (privilege, needed)
WHERE w.needed AND NOT has_database_privilege(current_database(), w.privilege)
ORDER BY 1;

-- sources --
SELECT s.table_schema AS schema, s.table_name AS table FROM denorm.source AS s ORDER BY 1, 2;

-- idle_slots --
-- Replication slots that nobody reads. `idle_seconds` is known from PostgreSQL 17 on.
SELECT f.name, f.type, f.database, f.lost, f.bytes, f.idle_seconds
FROM (
    SELECT s.slot_name::text AS name, s.slot_type AS type, s.database::text AS database,
        coalesce(s.wal_status = 'lost', false) AS lost,
        coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn), 0)::bigint AS bytes,
        extract(epoch FROM clock_timestamp() - (to_jsonb(s) ->> 'inactive_since')::timestamptz)::double precision AS idle_seconds
    FROM pg_replication_slots AS s
    WHERE NOT s.active AND NOT s.temporary
) AS f
WHERE f.lost OR f.bytes >= %(bytes)s OR f.idle_seconds >= %(seconds)s
ORDER BY f.name;

-- long_transactions --
-- Of others. `holds_back` says whether VACUUM keeps what was deleted since; without that, only locks on tables are held.
SELECT f.* FROM (
    SELECT a.pid, a.usename::text AS role, a.state, round(extract(epoch FROM clock_timestamp() - a.xact_start))::bigint AS seconds,
        coalesce(nullif(a.application_name, ''), 'a program without a name') AS program,
        a.backend_xid IS NOT NULL OR a.backend_xmin IS NOT NULL AS holds_back,
        EXISTS (
            SELECT FROM pg_locks AS l
            WHERE l.pid = a.pid AND l.locktype = 'relation' AND l.granted AND l.relation >= 16384
        ) AS holds_locks
    FROM pg_stat_activity AS a
    WHERE a.datname = current_database() AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
        AND a.xact_start < clock_timestamp() - make_interval(secs => %(seconds)s)
        AND a.application_name NOT LIKE 'denorm\_assets%%'
) AS f
WHERE f.holds_back OR f.holds_locks
ORDER BY f.seconds DESC;

-- prepared_transactions --
SELECT p.gid, p.owner::text AS role, round(extract(epoch FROM clock_timestamp() - p.prepared))::bigint AS seconds
FROM pg_prepared_xacts AS p
WHERE p.database = current_database() AND p.prepared < clock_timestamp() - make_interval(secs => %(seconds)s)
ORDER BY p.prepared;

-- event_triggers --
-- Those that run at what `apply` does.
SELECT e.evtname::text AS name, n.nspname || '.' || p.proname AS function
FROM pg_event_trigger AS e
JOIN pg_proc AS p ON p.oid = e.evtfoid
JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE e.evtenabled IN ('O', 'A') AND e.evtevent IN ('ddl_command_start', 'ddl_command_end', 'sql_drop', 'table_rewrite')
ORDER BY e.evtname;

-- try_schema_changes --
-- What `apply` does, with objects that only this session sees.
DO $try$
BEGIN
    CREATE TEMPORARY TABLE denorm_doctor (id integer);
    COMMENT ON TABLE pg_temp.denorm_doctor IS 'rolled back at once';
    ALTER TABLE pg_temp.denorm_doctor ADD COLUMN at timestamptz;
    CREATE INDEX denorm_doctor_idx ON pg_temp.denorm_doctor (id);
    CREATE FUNCTION pg_temp.denorm_doctor() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER denorm_doctor AFTER INSERT ON pg_temp.denorm_doctor
        FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.denorm_doctor();
    DROP TABLE pg_temp.denorm_doctor;
END $try$;

-- without_autovacuum --
SELECT n.nspname AS schema, c.relname AS table
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.oid = ANY (%(relations)s::oid[]) AND EXISTS (
    SELECT FROM pg_options_to_table(c.reloptions) AS o
    WHERE o.option_name = 'autovacuum_enabled' AND NOT o.option_value::boolean)
ORDER BY 1, 2;

-- may_list_temporary_files --
SELECT has_function_privilege('pg_catalog.pg_ls_tmpdir()', 'EXECUTE') AS allowed;

-- temporary_files --
-- By the session that writes them; `role` is NULL where that has ended.
SELECT f.pid, f.bytes, a.usename::text AS role
FROM (
    SELECT substring(t.name FROM '^pgsql_tmp(\d+)')::integer AS pid, sum(t.size)::bigint AS bytes
    FROM pg_ls_tmpdir() AS t GROUP BY 1
) AS f
LEFT JOIN pg_stat_activity AS a ON a.pid = f.pid
WHERE f.bytes >= %(bytes)s
ORDER BY f.bytes DESC;

-- frozen --
-- A server that freezes later than by default is given that time.
SELECT age(d.datfrozenxid) AS transactions, mxid_age(d.datminmxid) AS row_locks,
    CASE WHEN s.transactions > 200000000 THEN greatest(%(age)s, 1.25 * s.transactions) ELSE %(age)s END::bigint
        AS most_transactions,
    CASE WHEN s.row_locks > 400000000 THEN greatest(%(age)s, 1.25 * s.row_locks) ELSE %(age)s END::bigint AS most_row_locks
FROM pg_database AS d, (
    SELECT current_setting('autovacuum_freeze_max_age')::bigint AS transactions,
        current_setting('autovacuum_multixact_freeze_max_age')::bigint AS row_locks
) AS s
WHERE d.datname = current_database();

-- database_collation --
SELECT d.datcollversion AS recorded, pg_database_collation_actual_version(d.oid) AS actual
FROM pg_database AS d
WHERE d.datname = current_database() AND d.datcollversion <> pg_database_collation_actual_version(d.oid);

-- collations --
-- Those of columns of sources and read models.
WITH used AS MATERIALIZED (
    SELECT c.oid, n.nspname, c.collname, c.collversion
    FROM pg_collation AS c
    JOIN pg_namespace AS n ON n.oid = c.collnamespace
    WHERE c.collversion IS NOT NULL AND c.oid IN (
        SELECT a.attcollation FROM pg_attribute AS a
        WHERE a.attnum > 0 AND NOT a.attisdropped AND (
            a.attrelid IN (SELECT s.relation FROM denorm.source AS s)
            OR a.attrelid IN (SELECT o.relation FROM denorm.owned_relation AS o)))
)
SELECT u.nspname AS schema, u.collname AS name, u.collversion AS recorded, pg_collation_actual_version(u.oid) AS actual,
    ARRAY(
        SELECT DISTINCT format('REINDEX TABLE %%I.%%I;', tn.nspname, t.relname)
        FROM pg_index AS x
        JOIN pg_class AS t ON t.oid = x.indrelid
        JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
        WHERE u.oid = ANY (x.indcollation::oid[]) ORDER BY 1
    ) AS reindex
FROM used AS u
WHERE u.collversion <> pg_collation_actual_version(u.oid)
ORDER BY 1, 2;

-- missing_operator_classes --
SELECT w.name FROM unnest(%(names)s::text[]) AS w (name)
WHERE NOT EXISTS (SELECT FROM pg_opclass AS o WHERE o.opcname = w.name)
ORDER BY 1;

-- our_sessions --
-- Programs of denorm-assets that are connected, with their releases.
SELECT a.pid, a.application_name AS program, coalesce(a.usename::text, '') AS role, host(a.client_addr) AS address
FROM pg_stat_activity AS a
WHERE a.datname = current_database() AND a.application_name LIKE 'denorm\_assets %%' AND a.pid <> pg_backend_pid()
ORDER BY a.pid;

-- heartbeats --
-- One that is far ahead is of before the clock was set back.
SELECT w.system, w.holder, abs(extract(epoch FROM clock_timestamp() - w.beat_at))::double precision AS seconds
FROM denorm.worker AS w ORDER BY w.system;
