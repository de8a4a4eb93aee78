-- sources --
-- What capture knows of these tables, and the function that logs their changes.
SELECT s.id AS source_id, s.table_schema AS schema, s.table_name AS table, s.logged_columns, s.compared_columns,
    EXISTS (
        SELECT FROM denorm.dependency AS d JOIN denorm.read_model AS m ON m.id = d.model_id
        WHERE d.source_id = s.id AND m.recompute IS NOT NULL) AS realtime,
    present.relation IS NOT NULL AS is_there,
    present.relation IS DISTINCT FROM s.relation AS is_another,
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
-- A statement on a partition fires that partition's triggers only. Tables are found by name, as definitions find them:
-- one that took another's place has triggers of its own, or none.
WITH RECURSIVE member AS (
    SELECT s.id AS source_id, to_regclass(format('%%I.%%I', s.table_schema, s.table_name))::oid AS relation,
        s.table_schema COLLATE "C" AS schema, s.table_name COLLATE "C" AS table, false AS below
    FROM denorm.source AS s WHERE s.id = ANY (%(source_ids)s)
    UNION ALL
    SELECT m.source_id, c.oid, n.nspname, c.relname, true
    FROM member AS m
    JOIN pg_inherits AS i ON i.inhparent = m.relation
    JOIN pg_class AS c ON c.oid = i.inhrelid
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
)
SELECT DISTINCT m.source_id, m.schema, m.table, m.below, e.event, CASE
    WHEN t.oid IS NULL THEN 'missing'
    WHEN t.tgenabled NOT IN ('O', 'A') THEN 'disabled'
    WHEN (t.tgtype, t.tgfoid, cardinality(t.tgattr::smallint[]), t.tgqual IS NULL)
        IS DISTINCT FROM (e.type, p.oid, 0, true) THEN 'edited'
    WHEN (t.tgoldtable, t.tgnewtable) IS DISTINCT FROM (e.old_rows, e.new_rows) THEN 'edited'
    ELSE 'installed' END AS state
FROM member AS m
CROSS JOIN (
    VALUES ('insert', 4::smallint, NULL::name, 'new_rows'::name), ('delete', 8::smallint, 'old_rows', NULL),
        ('update', 16::smallint, 'old_rows', 'new_rows'), ('truncate', 32::smallint, NULL, NULL)
) AS e (event, type, old_rows, new_rows)
LEFT JOIN pg_proc AS p ON p.pronamespace = 'denorm'::regnamespace AND p.proname = 'capture_' || m.source_id
LEFT JOIN pg_trigger AS t ON t.tgrelid = m.relation AND t.tgname = 'trg_denorm_' || e.event
ORDER BY m.schema, m.table, e.event;

-- capture_function --
SELECT p.prosrc AS body, p.prosecdef AS as_owner, coalesce(p.proconfig, '{}') AS settings,
    obj_description(p.oid, 'pg_proc') AS comment, EXISTS (
        SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a WHERE a.grantee <> p.proowner
    ) AS opened
FROM pg_proc AS p WHERE p.pronamespace = 'denorm'::regnamespace AND p.proname = %(name)s;

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
-- Settings and subscriptions under which statements fire no triggers of ours. What an ordinary role may read.
SELECT 'the server''s own configuration' AS what, NULL AS relation
FROM pg_settings AS g
WHERE g.name = 'session_replication_role' AND g.setting = 'replica' AND g.source = 'configuration file'
UNION ALL
SELECT CASE
    WHEN s.setrole = 0 THEN 'ALTER DATABASE ' || quote_ident(current_database())
    WHEN s.setdatabase = 0 THEN 'ALTER ROLE ' || quote_ident(r.rolname)
    ELSE 'ALTER ROLE ' || quote_ident(r.rolname) || ' IN DATABASE ' || quote_ident(current_database()) END, NULL
FROM pg_db_role_setting AS s
LEFT JOIN pg_roles AS r ON r.oid = s.setrole
WHERE s.setdatabase IN (0, (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()))
    AND 'session_replication_role=replica' = ANY (s.setconfig)
UNION ALL
SELECT b.subname, n.nspname || '.' || c.relname
FROM pg_subscription_rel AS l
JOIN pg_subscription AS b ON b.oid = l.srsubid AND b.subenabled
JOIN pg_class AS c ON c.oid = l.srrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE (n.nspname, c.relname) IN (SELECT * FROM unnest(%(schemas)s::text[], %(tables)s::text[]))
ORDER BY 2, 1;
