-- sources --
-- What capture knows of these tables, and the function that logs their changes.
SELECT s.id AS source_id, s.table_schema AS schema, s.table_name AS table, s.logged_columns, s.compared_columns,
    EXISTS (
        SELECT FROM denorm.dependency AS d JOIN denorm.read_model AS m ON m.id = d.model_id
        WHERE d.source_id = s.id AND m.recompute IS NOT NULL) AS realtime,
    present.relation IS NOT NULL AS is_there,
    present.relation IS DISTINCT FROM s.relation AS is_another,
    EXISTS (
        SELECT FROM denorm.dependency AS d JOIN denorm.read_model AS m ON m.id = d.model_id
        JOIN denorm.registry AS r ON m.registered_in <> r.identity
        WHERE d.source_id = s.id) AS restored,
    denorm.fingerprint(s.relation, s.compared_columns) AS shape, s.fingerprint,
    p.prosrc AS body, p.prosecdef AS as_owner, coalesce(p.proconfig, '{}') AS settings,
    obj_description(p.oid, 'pg_proc') AS comment, EXISTS (
        SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a WHERE a.grantee <> p.proowner
    ) AS opened
FROM denorm.source AS s
CROSS JOIN LATERAL (
    SELECT to_regclass(format('%%I.%%I', s.table_schema, s.table_name))::oid AS relation
) AS present
LEFT JOIN pg_proc AS p ON p.pronamespace = 'denorm'::regnamespace AND p.proname = 'capture_' || s.id
WHERE (s.table_schema, s.table_name) IN (SELECT * FROM unnest(%(schemas)s::text[], %(tables)s::text[]))
ORDER BY s.table_schema, s.table_name;

-- triggers --
-- The triggers that capture needs on each table of some sources. A statement on a partition fires that partition's
-- triggers only. Tables are found by name, as definitions find them: one that took another's place has triggers of its
-- own, or none. `enabled`: O fires but in the replica role, R only there, A always; only a table's owner may ask for R or A.
WITH RECURSIVE root AS (
    SELECT s.id AS source_id, to_regclass(format('%%I.%%I', s.schema, s.name))::oid AS relation,
        s.schema COLLATE "C" AS schema, s.name COLLATE "C" AS table
    FROM unnest(%(source_ids)s::integer[], %(schemas)s::text[], %(tables)s::text[]) AS s (id, schema, name)
), member AS (
    SELECT r.source_id, r.relation, r.schema, r.table, false AS below FROM root AS r
    UNION ALL
    SELECT m.source_id, c.oid, n.nspname, c.relname, true
    FROM member AS m
    JOIN pg_inherits AS i ON i.inhparent = m.relation
    JOIN pg_class AS c ON c.oid = i.inhrelid
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
), ancestor AS (
    SELECT m.source_id, i.inhparent AS relation FROM member AS m JOIN pg_inherits AS i ON i.inhrelid = m.relation
    UNION
    SELECT a.source_id, i.inhparent FROM ancestor AS a JOIN pg_inherits AS i ON i.inhrelid = a.relation
), above AS (
    -- Statements on these write to the source, and fire no statement-level trigger of it.
    SELECT source_id, relation FROM ancestor EXCEPT SELECT source_id, relation FROM member
), subscribed AS (
    SELECT w.source_id, min(b.subname) AS subscription
    FROM (SELECT source_id, relation FROM member UNION ALL SELECT source_id, relation FROM above) AS w
    JOIN pg_subscription_rel AS l ON l.srrelid = w.relation
    JOIN pg_subscription AS b ON b.oid = l.srsubid AND b.subenabled
    GROUP BY w.source_id
), placed AS (
    SELECT m.*, c.relkind, c.relispartition AND m.below AS moves, b.subscription,
        EXISTS (SELECT FROM above AS a WHERE a.source_id = m.source_id) AS written_from_above,
        pg_get_userbyid(c.relowner) AS owner,
        pg_has_role(coalesce(
            (SELECT n.nspowner FROM pg_namespace AS n WHERE n.nspname = 'denorm'),
            (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = current_user)
        ), c.relowner, 'USAGE') AS owned
    FROM member AS m
    LEFT JOIN pg_class AS c ON c.oid = m.relation
    LEFT JOIN subscribed AS b ON b.source_id = m.source_id
), wanted AS (
    SELECT p.*, e.*, CASE
        WHEN e.place = 'rows' AND p.written_from_above THEN
            CASE WHEN p.owned OR p.subscription IS NOT NULL THEN 'A' ELSE 'O' END
        WHEN e.place IN ('rows', 'replica') THEN 'R'
        ELSE 'O' END AS enabled
    FROM placed AS p
    CROSS JOIN (
        VALUES ('insert', 4::smallint, NULL::name, 'new_rows'::name, 'statements'),
            ('delete', 8::smallint, 'old_rows', NULL, 'statements'),
            ('update', 16::smallint, 'old_rows', 'new_rows', 'statements'),
            ('truncate', 32::smallint, NULL, NULL, 'statements'),
            ('rows', 29::smallint, NULL, NULL, 'rows'), ('replica_truncate', 32::smallint, NULL, NULL, 'replica'),
            ('moved_in', 5::smallint, NULL, NULL, 'partition'), ('moved_out', 9::smallint, NULL, NULL, 'partition'),
            ('move_begins', 18::smallint, NULL, NULL, 'partitioned'), ('move_ends', 16::smallint, NULL, NULL, 'partitioned')
    ) AS e (event, type, old_rows, new_rows, place)
    -- A materialized view has no triggers: whoever refreshes it logs that. A foreign table below a source is refused.
    WHERE coalesce(p.relkind NOT IN ('m', 'f'), true) AND CASE e.place
        WHEN 'statements' THEN true
        WHEN 'rows' THEN p.relkind = 'r' AND (p.owned OR p.subscription IS NOT NULL OR p.written_from_above)
        WHEN 'replica' THEN p.owned OR p.subscription IS NOT NULL
        WHEN 'partition' THEN p.relkind = 'r' AND p.moves AND NOT p.written_from_above
        ELSE p.relkind = 'p' AND NOT p.written_from_above END
), named AS (
    -- A table may be part of several sources: the second one adds its number to the name.
    SELECT w.*, f.oid AS function, CASE
        WHEN t.tgname <> 'trg_denorm_' || w.event THEN t.tgname
        WHEN EXISTS (
            SELECT FROM pg_trigger AS o JOIN pg_proc AS p ON p.oid = o.tgfoid
            WHERE o.tgrelid = w.relation AND o.tgname = 'trg_denorm_' || w.event AND p.oid IS DISTINCT FROM f.oid
                AND p.pronamespace = to_regnamespace('denorm') AND p.proname ~ '^capture_\d+$'
        ) THEN 'trg_denorm_' || w.source_id || '_' || w.event
        ELSE 'trg_denorm_' || w.event END AS name
    FROM wanted AS w
    LEFT JOIN pg_proc AS f ON f.pronamespace = to_regnamespace('denorm') AND f.proname = 'capture_' || w.source_id
    LEFT JOIN pg_trigger AS t ON t.tgrelid = w.relation AND t.tgname = 'trg_denorm_' || w.source_id || '_' || w.event
), found AS (
    SELECT w.*, CASE
        WHEN t.oid IS NULL THEN 'missing'
        WHEN t.tgenabled NOT IN ('A', w.enabled::"char") AND (t.tgenabled = 'D' OR w.enabled <> 'R') THEN 'disabled'
        WHEN (t.tgtype, t.tgfoid, cardinality(t.tgattr::smallint[]), t.tgoldtable, t.tgnewtable, t.tgargs)
            IS DISTINCT FROM (w.type, w.function, 0, w.old_rows, w.new_rows,
                CASE w.place WHEN 'partitioned' THEN 'moves\000' ELSE '' END::bytea) THEN 'edited'
        WHEN pg_get_expr(t.tgqual, t.tgrelid) IS DISTINCT FROM CASE w.event
            WHEN 'moved_in' THEN '(current_setting(''denorm.moved''::text, true) <> ''''::text)'
            WHEN 'moved_out' THEN '((current_setting(''denorm.moving''::text, true) <> ''''::text) AND '
                '(set_config(''denorm.moved''::text, ''|''::text, true) <> ''''::text))' END THEN 'edited'
        WHEN t.tgenabled <> 'R' AND w.enabled = 'R' THEN 'edited'
        ELSE 'installed' END AS state
    FROM named AS w
    LEFT JOIN pg_trigger AS t ON t.tgrelid = w.relation AND t.tgname = w.name
)
SELECT DISTINCT f.source_id, f.schema, f.table, f.below, f.event, f.name, f.state, f.enabled,
    CASE WHEN NOT f.owned AND f.enabled <> 'O' THEN f.owner END AS only_owner, f.subscription,
    CASE WHEN NOT has_table_privilege(f.relation, 'TRIGGER')
        THEN format('GRANT TRIGGER ON %%I.%%I TO %%I', f.schema, f.table, current_user) END AS needs
FROM found AS f
ORDER BY f.schema, f.table, f.event;

-- capture_function --
SELECT p.prosrc AS body, p.prosecdef AS as_owner, coalesce(p.proconfig, '{}') AS settings,
    obj_description(p.oid, 'pg_proc') AS comment, EXISTS (
        SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a WHERE a.grantee <> p.proowner
    ) AS opened
FROM pg_proc AS p WHERE p.pronamespace = to_regnamespace('denorm') AND p.proname = %(name)s;

-- functions --
SELECT p.proname AS name, p.prosrc AS body, p.prosecdef AS as_owner, coalesce(p.proconfig, '{}') AS settings
FROM pg_proc AS p WHERE p.pronamespace = 'denorm'::regnamespace;

-- open_functions --
-- Functions of ours that everybody may execute, and of those with their owner's rights, that any other role may: who
-- that is, NULL for everybody.
SELECT p.proname AS name, pg_get_function_identity_arguments(p.oid) AS arguments, r.rolname AS role
FROM pg_proc AS p
CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
LEFT JOIN pg_roles AS r ON r.oid = a.grantee
WHERE p.pronamespace = 'denorm'::regnamespace AND p.proname <> ALL (%(but)s)
    AND (a.grantee = 0 OR a.grantee <> p.proowner AND p.prosecdef);

-- relations --
-- Capture writes with the rights of the owner, who may have lost them.
SELECT c.relname AS name, NOT (
    CASE c.relkind
        WHEN 'S' THEN has_sequence_privilege(c.relowner, c.oid, 'SELECT')
            AND has_sequence_privilege(c.relowner, c.oid, 'UPDATE')
        ELSE has_table_privilege(c.relowner, c.oid, 'SELECT')
            AND (c.relkind = 'v' OR has_table_privilege(c.relowner, c.oid, 'INSERT'))
    END
) AS closed, pg_get_userbyid(c.relowner) AS owner
FROM pg_class AS c
WHERE c.relnamespace = 'denorm'::regnamespace AND c.relkind IN ('r', 'v', 'S');

-- indexes --
-- A term is a column, or empty where it is an expression.
SELECT i.relname AS name, x.indisvalid AS valid, obj_description(i.oid, 'pg_class') AS comment,
    m.amname AS method, x.indisunique AS is_unique, x.indpred IS NOT NULL AS partial,
    ARRAY(
        SELECT coalesce(a.attname, '')
            || CASE WHEN pg_index_column_has_property(i.oid, k.position, 'desc') THEN ' DESC' ELSE '' END
        FROM generate_series(1, x.indnkeyatts) AS k (position)
        LEFT JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[k.position - 1] AND a.attnum > 0
        ORDER BY k.position
    ) AS terms
FROM pg_index AS x
JOIN pg_class AS i ON i.oid = x.indexrelid
JOIN pg_am AS m ON m.oid = i.relam
JOIN pg_class AS c ON c.oid = x.indrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(table)s;

-- foreign_keys --
SELECT k.conname AS name, k.convalidated AS validated, k.confupdtype = 'c' AND k.confdeltype = 'c' AS cascades,
    rn.nspname AS to_schema, r.relname AS to_table,
    ARRAY(
        SELECT a.attname::text FROM pg_attribute AS a WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
    ) AS columns,
    ARRAY(
        SELECT a.attname::text FROM pg_attribute AS a WHERE a.attrelid = k.confrelid AND a.attnum = ANY (k.confkey)
    ) AS to_columns
FROM pg_constraint AS k
JOIN pg_class AS c ON c.oid = k.conrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_class AS r ON r.oid = k.confrelid
JOIN pg_namespace AS rn ON rn.oid = r.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(table)s AND k.contype = 'f';

-- bypassing --
-- Settings and subscriptions under which statements fire no triggers of ours. What an ordinary role may read. `alter` is
-- the statement that made a setting, up to its SET, NULL where that is the server's own configuration.
SELECT NULL AS alter, NULL AS subscription, NULL AS relation
FROM pg_settings AS g
WHERE g.name = 'session_replication_role' AND g.setting = 'replica' AND g.source = 'configuration file'
UNION ALL
SELECT CASE
    WHEN s.setrole = 0 AND s.setdatabase = 0 THEN 'ALTER ROLE ALL'
    WHEN s.setrole = 0 THEN 'ALTER DATABASE ' || quote_ident(current_database())
    WHEN s.setdatabase = 0 THEN 'ALTER ROLE ' || quote_ident(r.rolname)
    ELSE 'ALTER ROLE ' || quote_ident(r.rolname) || ' IN DATABASE ' || quote_ident(current_database()) END, NULL, NULL
FROM pg_db_role_setting AS s
LEFT JOIN pg_roles AS r ON r.oid = s.setrole
WHERE s.setdatabase IN (0, (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()))
    AND 'session_replication_role=replica' = ANY (s.setconfig)
UNION ALL
SELECT NULL, b.subname, n.nspname || '.' || c.relname
FROM pg_subscription_rel AS l
JOIN pg_subscription AS b ON b.oid = l.srsubid AND b.subenabled
JOIN pg_class AS c ON c.oid = l.srrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE (n.nspname, c.relname) IN (SELECT * FROM unnest(%(schemas)s::text[], %(tables)s::text[]))
ORDER BY 3, 1, 2;

-- without_identity --
-- Tables whose rows PostgreSQL could not name to a subscriber: it refuses to update or delete rows of these once they are
-- published. Temporary and unlogged tables never are.
SELECT c.relname AS name, k.has_key
FROM pg_class AS c
CROSS JOIN LATERAL (
    SELECT coalesce(bool_or(x.indisprimary), false) AS has_key, coalesce(bool_or(x.indisreplident), false) AS has_index
    FROM pg_index AS x WHERE x.indrelid = c.oid AND x.indisvalid AND x.indimmediate
) AS k
WHERE c.relnamespace = to_regnamespace(quote_ident(%(schema)s)) AND c.relname = ANY (%(tables)s)
    AND c.relkind IN ('r', 'p') AND c.relpersistence = 'p'
    AND NOT CASE c.relreplident WHEN 'f' THEN true WHEN 'd' THEN k.has_key WHEN 'i' THEN k.has_index ELSE false END
ORDER BY c.relname;
