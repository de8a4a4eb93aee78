-- find --
SELECT s.id, s.logged_columns, s.compared_columns, EXISTS (
    SELECT FROM denorm.dependency AS d JOIN denorm.read_model AS m ON m.id = d.model_id
    WHERE d.source_id = s.id AND m.recompute IS NOT NULL) AS realtime,
    s.relation IS DISTINCT FROM to_regclass(format('%%I.%%I', s.table_schema, s.table_name))::oid
        OR s.fingerprint IS DISTINCT FROM denorm.fingerprint(s.relation, s.compared_columns)
        OR NOT denorm.keeps_values(s.signature, denorm.column_signature(s.relation, s.compared_columns)) AS changed
FROM denorm.source AS s WHERE s.table_schema = %(schema)s AND s.table_name = %(table)s;

-- ids --
SELECT s.id, s.table_schema AS schema, s.table_name AS name FROM denorm.source AS s
WHERE (s.table_schema, s.table_name) IN (SELECT * FROM unnest(%(schemas)s::text[], %(tables)s::text[]));

-- claim --
INSERT INTO denorm.source (table_schema, table_name, relation, logged_columns, compared_columns, fingerprint)
SELECT %(schema)s, %(table)s, format('%%I.%%I', %(schema)s::text, %(table)s::text)::regclass, '{}', '{}', ''
WHERE NOT EXISTS (SELECT FROM denorm.source WHERE table_schema = %(schema)s AND table_name = %(table)s)
ON CONFLICT DO NOTHING;

-- hold --
SELECT FROM denorm.source WHERE table_schema = %(schema)s AND table_name = %(table)s FOR NO KEY UPDATE;

-- numbered --
SELECT id FROM denorm.source WHERE table_schema = %(schema)s AND table_name = %(table)s;

-- next_number --
SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('denorm.source', 'id')::regclass), 0) + 1 AS number;

-- recompute_with --
WITH buckets AS (
    INSERT INTO denorm.bucket (model_id, bucket) SELECT %(model_id)s, n FROM generate_series(0, 255) AS n
    WHERE %(recompute)s::text IS NOT NULL ON CONFLICT DO NOTHING
)
UPDATE denorm.read_model SET recompute = %(recompute)s, estimated = %(estimated)s
WHERE id = %(model_id)s
    AND (recompute, estimated) IS DISTINCT FROM (%(recompute)s::text, %(estimated)s::text[]);

-- make_all_stale --
INSERT INTO denorm.pending (model_id, everything, changed_at)
SELECT id, true, clock_timestamp() FROM unnest(%(model_ids)s::bigint[]) AS id;

-- may_have_triggers --
-- The table of a read model may not exist yet; it will be our own.
SELECT coalesce(NOT has_table_privilege(to_regclass(format('%%I.%%I', %(schema)s::text, %(table)s::text)), 'TRIGGER'), false)
    AS denied;

-- register --
UPDATE denorm.source AS s SET (relation, logged_columns, compared_columns, fingerprint, signature)
    = (n.relation, n.logged, n.compared, n.fingerprint, n.signature)
FROM (
    SELECT r.relation, %(logged)s::text[] AS logged, %(compared)s::text[] AS compared,
        %(fingerprint)s::text AS fingerprint, denorm.column_signature(r.relation, %(compared)s::text[]) AS signature
    FROM (SELECT format('%%I.%%I', %(schema)s::text, %(table)s::text)::regclass::oid AS relation) AS r
) AS n
WHERE s.table_schema = %(schema)s AND s.table_name = %(table)s
    AND (s.relation, s.logged_columns, s.compared_columns, s.fingerprint, s.signature)
        IS DISTINCT FROM (n.relation, n.logged, n.compared, n.fingerprint, n.signature);

-- note_signature --
-- What the catalog says once the triggers are made.
UPDATE denorm.source SET signature = denorm.column_signature(relation, compared_columns)
WHERE id = %(source_id)s AND signature IS DISTINCT FROM denorm.column_signature(relation, compared_columns);

-- take_place --
-- Another relation has the source's name now. Where columns that are used changed, the fingerprint goes on telling so.
UPDATE denorm.source AS s SET relation = n.relation, fingerprint = CASE
        WHEN regexp_replace(n.fingerprint, ' over [0-9 ]+$', '') = regexp_replace(s.fingerprint, ' over [0-9 ]+$', '')
        THEN n.fingerprint
        ELSE s.fingerprint END
FROM (
    SELECT o.id, present.relation, denorm.fingerprint(present.relation, o.compared_columns) AS fingerprint
    FROM denorm.source AS o
    CROSS JOIN LATERAL (
        SELECT format('%%I.%%I', o.table_schema, o.table_name)::regclass::oid AS relation
    ) AS present
    WHERE o.table_schema = %(schema)s AND o.table_name = %(table)s
) AS n
WHERE s.id = n.id;

-- log_everything --
-- For what fires no triggers: all rows of the source may be other ones.
INSERT INTO denorm.change_log (source_id, image)
SELECT s.id, NULL FROM denorm.source AS s WHERE s.table_schema = %(schema)s AND s.table_name = %(table)s;

-- is_full_model --
-- Whether a materialized view is that of a read model, so that its refreshes are logged.
SELECT EXISTS (
    SELECT FROM denorm.owned_relation AS o
    WHERE o.table_schema = %(schema)s AND o.table_name = %(table)s AND o.kind = 'm' AND o.commented AND NOT o.beside
) AS present;

-- hold_dependents --
-- The read model and all others that depend on the source. Nobody changes their state until the transaction ends, and
-- all who hold them do so in this order.
SELECT m.id AS model_id, m.code_version, m.state IN ('live', 'needs_rebuild') AS served FROM denorm.read_model AS m
WHERE m.id = %(model_id)s
    OR m.id IN (SELECT d.model_id FROM denorm.dependency AS d WHERE d.source_id = %(source_id)s)
ORDER BY m.id FOR NO KEY UPDATE;

-- expands_otherwise --
-- Whether changes of the source were expanded otherwise until now, or not at all.
SELECT NOT EXISTS (
    SELECT FROM denorm.dependency AS d
    WHERE d.model_id = %(model_id)s AND d.source_id = %(source_id)s
        AND d.expansion IS NOT DISTINCT FROM %(expansion)s) AS otherwise;

-- dependencies --
-- The sources whose changes reach a read model or cache, as the control schema knows it.
SELECT s.table_schema AS schema, s.table_name AS table, d.expansion, d.broken, m.recompute, m.estimated,
    m.code_version,
    d.shape IS DISTINCT FROM denorm.column_shape(s.relation, d.columns) AS reshaped
FROM denorm.dependency AS d
JOIN denorm.source AS s ON s.id = d.source_id
JOIN denorm.read_model AS m ON m.id = d.model_id
WHERE m.system = %(system)s AND m.name = %(name)s
ORDER BY s.table_schema, s.table_name;

-- depend --
INSERT INTO denorm.dependency (model_id, source_id, expansion, columns, named, shape, noted)
SELECT %(model_id)s, s.id, %(expansion)s, %(columns)s, %(named)s, denorm.column_shape(s.relation, %(columns)s), coalesce((
    SELECT jsonb_object_agg(a.attname, jsonb_build_array(a.attnum, format_type(a.atttypid, a.atttypmod)))
    FROM pg_attribute AS a
    WHERE a.attrelid = s.relation AND a.attname = ANY (%(columns)s) AND a.attnum > 0 AND NOT a.attisdropped), '{}')
FROM denorm.source AS s WHERE s.id = %(source_id)s
ON CONFLICT (model_id, source_id) DO UPDATE SET expansion = excluded.expansion, broken = NULL,
    columns = excluded.columns, named = excluded.named, shape = excluded.shape, noted = excluded.noted
WHERE (dependency.expansion, dependency.columns, dependency.named, dependency.shape, dependency.noted)
    IS DISTINCT FROM (excluded.expansion, excluded.columns, excluded.named, excluded.shape, excluded.noted)
    OR dependency.broken IS NOT NULL;

-- depends_no_more --
DELETE FROM denorm.dependency WHERE model_id = %(model_id)s AND NOT source_id = ANY (%(source_ids)s);

-- relations --
-- A table and all that inherit from it: partitions, and theirs.
WITH RECURSIVE tree AS (
    SELECT c.oid AS relation, n.nspname AS of_schema, c.relname AS of_table
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE (n.nspname, c.relname) IN (SELECT * FROM unnest(%(schemas)s::text[], %(tables)s::text[]))
    UNION ALL
    SELECT i.inhrelid, t.of_schema, t.of_table FROM pg_inherits AS i JOIN tree AS t ON t.relation = i.inhparent
)
SELECT DISTINCT t.of_schema, t.of_table, n.nspname AS schema, c.relname AS table, c.relkind::text AS kind,
    c.relpersistence = 'u' AS unlogged
FROM tree AS t
JOIN pg_class AS c ON c.oid = t.relation
JOIN pg_namespace AS n ON n.oid = c.relnamespace
ORDER BY n.nspname, c.relname;

-- read_with --
-- What reading a table or view reads as well, or what is written with it: partitions, children and parents, and what
-- a view selects from.
WITH RECURSIVE reading AS (
    SELECT c.oid AS start, c.oid AS relation
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE (n.nspname, c.relname) IN (SELECT * FROM unnest(%(schemas)s::text[], %(tables)s::text[]))
    UNION
    SELECT r.start, next.relation
    FROM reading AS r
    CROSS JOIN LATERAL (
        SELECT i.inhrelid AS relation FROM pg_inherits AS i WHERE i.inhparent = r.relation
        UNION ALL
        SELECT i.inhparent FROM pg_inherits AS i WHERE i.inhrelid = r.relation
        UNION ALL
        SELECT d.refobjid FROM pg_rewrite AS w
        JOIN pg_depend AS d ON (d.classid, d.objid) = ('pg_rewrite'::regclass, w.oid)
            AND d.refclassid = 'pg_class'::regclass
        WHERE w.ev_class = r.relation AND w.rulename = '_RETURN'
    ) AS next
)
SELECT DISTINCT sn.nspname AS of_schema, s.relname AS of_table, n.nspname AS schema, c.relname AS table
FROM reading AS r
JOIN pg_class AS s ON s.oid = r.start
JOIN pg_namespace AS sn ON sn.oid = s.relnamespace
JOIN pg_class AS c ON c.oid = r.relation
JOIN pg_namespace AS n ON n.oid = c.relnamespace;

-- told_apart --
-- What tells rows of relations apart: their NOT NULL columns, and the columns in which no two rows agree, the primary key
-- first. A table's own constraints say so of all that is read only as long as nothing inherits from it.
SELECT c.oid::bigint AS relation,
    ARRAY(
        SELECT a.attnum::int FROM pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnotnull AND a.attnum > 0 AND NOT EXISTS (
            SELECT FROM pg_constraint AS n
            WHERE n.conrelid = c.oid AND n.contype = 'n' AND NOT n.convalidated AND n.conkey = ARRAY[a.attnum])
    ) AS not_null,
    coalesce((
        SELECT jsonb_agg(
            jsonb_build_object('columns', (x.indkey::smallint[])[0:x.indnkeyatts - 1], 'nulls_equal', x.indnullsnotdistinct)
            ORDER BY x.indisprimary DESC, x.indnkeyatts, x.indexrelid)
        FROM pg_index AS x
        JOIN pg_class AS i ON i.oid = x.indexrelid
        JOIN pg_am AS m ON m.oid = i.relam AND m.amname = 'btree'
        WHERE x.indrelid = c.oid AND x.indisunique AND x.indisvalid AND x.indpred IS NULL AND x.indexprs IS NULL
            -- By the `=` that definitions compare with, too.
            AND NOT EXISTS (
                SELECT FROM generate_series(0, x.indnkeyatts - 1) AS p
                JOIN pg_opclass AS o ON o.oid = (x.indclass::oid[])[p]
                JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = (x.indkey::smallint[])[p]
                WHERE NOT o.opcdefault OR (x.indcollation::oid[])[p] <> a.attcollation)
    ), '[]') AS keys
FROM pg_class AS c
WHERE c.oid = ANY (%(relations)s::bigint[]::oid[])
    AND (c.relkind = 'p' OR NOT EXISTS (SELECT FROM pg_inherits AS h WHERE h.inhparent = c.oid));

-- is_unique --
SELECT EXISTS (
    SELECT FROM pg_index AS x
    JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = (x.indkey::smallint[])[0]
    WHERE x.indrelid = to_regclass(format('%%I.%%I', %(schema)s::text, %(table)s::text)) AND a.attname = %(column)s
        AND x.indnkeyatts = 1 AND x.indisunique AND x.indisvalid AND x.indpred IS NULL AND x.indexprs IS NULL
) AS present;

-- leading_id --
-- A whole number, never NULL, that an index of all rows begins with; the primary key's before others.
SELECT a.attname AS name FROM pg_index AS x
JOIN pg_class AS i ON i.oid = x.indexrelid
JOIN pg_am AS m ON m.oid = i.relam AND m.amname = 'btree'
JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0]
WHERE x.indrelid = to_regclass(format('%%I.%%I', %(schema)s::text, %(table)s::text))
    AND x.indisvalid AND x.indpred IS NULL AND a.attnotnull
    AND a.atttypid IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype)
ORDER BY x.indisprimary DESC, x.indisunique DESC, x.indnkeyatts, x.indexrelid LIMIT 1;

-- virtual_columns --
SELECT a.attname AS name FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(table)s AND a.attname = ANY (%(columns)s) AND a.attgenerated = 'v';

-- functions_of_rows --
-- Those that yield rows whatever their arguments are.
SELECT p.proname AS name, bool_and(p.proretset) AS yields_rows FROM pg_proc AS p
GROUP BY p.proname HAVING bool_or(p.prokind IN ('a', 'w') OR p.proretset);

-- strict_functions --
-- Which of the names are those of PostgreSQL's own functions that yield NULL where any argument is NULL.
SELECT p.proname AS name FROM pg_proc AS p
WHERE p.proname = ANY (%(names)s::text[]) AND p.pronamespace = 'pg_catalog'::regnamespace
GROUP BY p.proname HAVING bool_and(p.proisstrict AND p.prokind = 'f' AND NOT p.proretset);

-- resolved_text --
-- Under a path that shows only PostgreSQL's own objects, every other name is printed with its schema.
SELECT pg_get_viewdef('pg_temp.denorm_resolved'::regclass) AS text;

-- resolved_columns --
-- The columns of a table, or of partitions of it, that the view names.
SELECT DISTINCT a.attname AS name
FROM pg_rewrite AS r
JOIN pg_depend AS d ON (d.classid, d.objid) = ('pg_rewrite'::regclass, r.oid) AND d.refclassid = 'pg_class'::regclass
JOIN pg_attribute AS a ON (a.attrelid, a.attnum) = (d.refobjid, d.refobjsubid)
WHERE r.ev_class = 'pg_temp.denorm_resolved'::regclass AND d.refobjsubid > 0
    AND coalesce(pg_partition_root(d.refobjid), d.refobjid) = to_regclass(format('%%I.%%I', %(schema)s::text, %(table)s::text))
ORDER BY 1;

-- intruder --
-- A function or an operator that the view uses, that has the same name as one elsewhere on the path, and whose owner is
-- neither a superuser, nor one of our roles, nor the owner of the database, of its schema or of a source: whoever may
-- create objects in a schema on the path could run code with our rights.
WITH used AS (
    SELECT d.refclassid, d.refobjid FROM pg_depend AS d
    JOIN pg_rewrite AS r ON r.oid = d.objid AND r.ev_class = 'pg_temp.denorm_resolved'::regclass
    WHERE d.classid = 'pg_rewrite'::regclass
), found AS (
    SELECT 'operator' AS kind, o.oid::regoperator::text AS name, o.oprowner AS owner, o.oprnamespace AS namespace,
        (SELECT min(n.nspname) FROM pg_operator AS h JOIN pg_namespace AS n ON n.oid = h.oprnamespace
            WHERE h.oprname = o.oprname AND h.oprnamespace <> o.oprnamespace) AS elsewhere
    FROM used AS u JOIN pg_operator AS o ON o.oid = u.refobjid AND u.refclassid = 'pg_operator'::regclass
    UNION ALL
    SELECT 'function', p.oid::regprocedure::text, p.proowner, p.pronamespace,
        (SELECT min(n.nspname) FROM pg_proc AS h JOIN pg_namespace AS n ON n.oid = h.pronamespace
            WHERE h.proname = p.proname AND h.pronamespace <> p.pronamespace)
    FROM used AS u JOIN pg_proc AS p ON p.oid = u.refobjid AND u.refclassid = 'pg_proc'::regclass
)
SELECT f.kind, f.name, f.owner::regrole::text AS owner, f.elsewhere
FROM found AS f
WHERE f.elsewhere IS NOT NULL AND NOT EXISTS (
    SELECT FROM pg_roles AS r WHERE r.oid = f.owner AND (
        r.rolsuper
        -- A superuser is a member of every role.
        OR pg_has_role(r.oid, 'MEMBER') AND NOT (SELECT u.rolsuper FROM pg_roles AS u WHERE u.rolname = current_user)
        OR r.oid = (SELECT n.nspowner FROM pg_namespace AS n WHERE n.oid = f.namespace)
        OR r.oid = (SELECT b.datdba FROM pg_database AS b WHERE b.datname = current_database())
        OR r.oid IN (
            SELECT c.relowner FROM used AS u JOIN pg_class AS c ON c.oid = u.refobjid AND u.refclassid = 'pg_class'::regclass)
    ))
LIMIT 1;

-- changed_shapes --
-- The sources of a read model or cache that are others than when capture was installed for it, and what became of the
-- table and of the columns that it uses.
-- After a restore every table is another one. (`pg_upgrade` keeps the OIDs of tables, and nothing changed.)
SELECT s.table_schema AS schema, s.table_name AS table, present.id IS NOT NULL AS taken,
    present.id IS DISTINCT FROM s.relation AS is_another,
    present.id IS DISTINCT FROM s.relation AND m.registered_in <> r.identity AS restored,
    (SELECT ARRAY[n.nspname, c.relname]::text[] FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.oid = s.relation) AS now,
    (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'name', k.name, 'type', k.was ->> 1, 'now', a.attname, 'now_type', format_type(a.atttypid, a.atttypmod))
            ORDER BY k.name), '[]')
        FROM jsonb_each(d.noted) AS k (name, was)
        LEFT JOIN pg_attribute AS a
            ON a.attrelid = s.relation AND a.attnum = (k.was ->> 0)::int AND NOT a.attisdropped
        WHERE (a.attname, format_type(a.atttypid, a.atttypmod)) IS DISTINCT FROM (k.name::name, k.was ->> 1)) AS columns
FROM denorm.source AS s
JOIN denorm.dependency AS d ON d.source_id = s.id
JOIN denorm.read_model AS m ON m.id = d.model_id
CROSS JOIN denorm.registry AS r
CROSS JOIN LATERAL (SELECT to_regclass(format('%%I.%%I', s.table_schema, s.table_name))::oid AS id) AS present
WHERE d.model_id = %(model_id)s
    AND (present.id IS DISTINCT FROM s.relation OR d.shape IS DISTINCT FROM denorm.column_shape(s.relation, d.columns))
ORDER BY s.table_schema, s.table_name;

-- no_longer_broken --
UPDATE denorm.dependency SET broken = NULL WHERE model_id = %(model_id)s AND broken IS NOT NULL;

-- new_members --
-- The sources that partitions or children were added to since triggers were made there, and which of them.
SELECT s.id, s.table_schema AS schema, s.table_name AS table, added.members, added.filled
FROM denorm.source AS s
CROSS JOIN LATERAL (
    SELECT array_agg(m.id) AS members, bool_or(pg_relation_size(m.id) > 0) AS filled
    FROM unnest(string_to_array(substring(denorm.fingerprint(s.relation, s.compared_columns) FROM ' over ([0-9 ]+)$'), ' ')::oid[])
        AS m (id)
    WHERE m.id <> ALL (coalesce(string_to_array(substring(s.fingerprint FROM ' over ([0-9 ]+)$'), ' ')::oid[], '{}'))
) AS added
WHERE added.members IS NOT NULL
    AND s.relation IS NOT DISTINCT FROM to_regclass(format('%%I.%%I', s.table_schema, s.table_name))::oid
ORDER BY s.id;

-- unknown_members --
-- Whether a source of the read model has partitions or children that capture does not know yet.
SELECT EXISTS (
    SELECT FROM denorm.dependency AS d JOIN denorm.source AS s ON s.id = d.source_id
    CROSS JOIN unnest(string_to_array(substring(denorm.fingerprint(s.relation, '{}') FROM ' over ([0-9 ]+)$'), ' ')) AS m (id)
    WHERE d.model_id = %(model_id)s
        AND m.id <> ALL (coalesce(string_to_array(substring(s.fingerprint FROM ' over ([0-9 ]+)$'), ' '), '{}'))
) AS present;

-- note_members --
-- What was noted of the columns stays; what comes with the new members is new.
UPDATE denorm.source SET
    fingerprint = regexp_replace(fingerprint, ' over [0-9 ]+$', '')
        || coalesce(substring(denorm.fingerprint(relation, compared_columns) FROM ' over [0-9 ]+$'), ''),
    signature = denorm.column_signature(relation, compared_columns) || coalesce(signature, '{}')
WHERE id = %(source_id)s;

-- fingerprint --
SELECT denorm.fingerprint(format('%%I.%%I', %(schema)s::text, %(table)s::text)::regclass, %(columns)s) AS fingerprint;

-- column_types --
SELECT n.nspname AS schema, c.relname AS table, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE (n.nspname, c.relname) IN (SELECT * FROM unnest(%(schemas)s::text[], %(tables)s::text[]))
    AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY n.nspname, c.relname, a.attnum;
