-- sources_of --
-- Sources that log changes for this system, and for nobody that stays.
SELECT d.source_id FROM denorm.dependency AS d
JOIN denorm.read_model AS m ON m.id = d.model_id
GROUP BY d.source_id
HAVING bool_or(m.system = %(system)s) AND bool_and(m.system = ANY (%(gone)s));

-- unneeded_sources --
-- Sources that log changes for nobody, once the system watches but these tables.
SELECT s.id AS source_id FROM denorm.source AS s
WHERE (s.table_schema, s.table_name) NOT IN (SELECT * FROM unnest(%(schemas)s::text[], %(tables)s::text[]))
    AND NOT EXISTS (
        SELECT FROM denorm.dependency AS d
        JOIN denorm.read_model AS m ON m.id = d.model_id WHERE d.source_id = s.id AND m.system <> %(system)s);

-- captured --
-- The tables whose triggers log changes of some sources. Partitions have triggers of their own.
SELECT s.id AS source_id, n.nspname AS schema, c.relname AS table
FROM denorm.source AS s
LEFT JOIN pg_proc AS p ON p.pronamespace = 'denorm'::regnamespace AND p.proname = 'capture_' || s.id
LEFT JOIN (
    SELECT DISTINCT t.tgfoid, t.tgrelid FROM pg_trigger AS t WHERE NOT t.tgisinternal AND t.tgname LIKE 'trg\_denorm\_%%'
) AS held ON held.tgfoid = p.oid
LEFT JOIN pg_class AS c ON c.oid = held.tgrelid
LEFT JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE s.id = ANY (%(source_ids)s)
ORDER BY s.id, n.nspname, c.relname;

-- relations --
-- The tables and views of a system, or of one read model: the registered ones, not whatever carries a copied COMMENT.
-- And those of them that a materialized view reads, which therefore goes first.
SELECT o.name, o.table_schema AS schema, o.table_name AS table, o.kind, o.relation, ARRAY(
    SELECT coalesce(pg_partition_root(d.refobjid), d.refobjid)::oid
    FROM pg_rewrite AS w
    JOIN pg_depend AS d ON (d.classid, d.objid) = ('pg_rewrite'::regclass, w.oid) AND d.refclassid = 'pg_class'::regclass
    WHERE w.ev_class = o.relation AND d.refobjid <> o.relation) AS reads
FROM denorm.owned_relation AS o
WHERE o.commented AND o.system = %(system)s AND o.name = coalesce(%(name)s::text, o.name) AND o.kind IN ('r', 'p', 'm')
ORDER BY o.table_schema, o.table_name;

-- readers --
-- Which read models and caches read one of a system, or the read model called `name`; not those of the systems `gone`.
SELECT r.system || '/' || r.name AS reader, m.system || '/' || m.name AS read
FROM denorm.reading AS x
JOIN denorm.read_model AS m ON m.id = x.read_id
JOIN denorm.read_model AS r ON r.id = x.model_id
WHERE m.system = %(system)s AND m.name = coalesce(%(name)s::text, m.name) AND r.system <> ALL (%(gone)s)
ORDER BY 1, 2;

-- indexes --
-- On the application's tables, as far as the COMMENT is not one that LIKE copied from another table's. They do not say
-- which system's they are, so that they stay while others use the schema. `old` are comments that name no table.
SELECT n.nspname AS schema, i.relname AS index, i.relkind = 'I' AS partitioned
FROM pg_index AS x
JOIN pg_class AS i ON i.oid = x.indexrelid
JOIN pg_class AS c ON c.oid = x.indrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND NOT i.relispartition
    AND (
        starts_with(obj_description(i.oid, 'pg_class'), 'denorm_assets ' || n.nspname || '.' || c.relname || ' ')
        OR (c.relname, obj_description(i.oid, 'pg_class')) IN (SELECT * FROM unnest(%(tables)s::text[], %(old)s::text[]))
        OR EXISTS (
            SELECT FROM denorm.index_build AS b
            WHERE (b.system, b.table_schema, b.index_name) = (%(system)s, n.nspname, i.relname)))
    AND c.oid NOT IN (SELECT o.relation FROM denorm.owned_relation AS o)
    AND NOT EXISTS (SELECT FROM denorm.read_model AS m WHERE m.table_schema = n.nspname AND m.system <> ALL (%(gone)s))
ORDER BY i.relname;

-- others --
-- What is not ours and depends on what would go: on the tables and views of a system or of one read model, and with
-- `last` on the control schema.
WITH ours AS (
    SELECT 'pg_class'::regclass AS class, c.oid, true AS control FROM pg_class AS c
    WHERE c.relnamespace = 'denorm'::regnamespace
    UNION ALL
    SELECT 'pg_class'::regclass, o.relation, false FROM denorm.owned_relation AS o
    WHERE o.commented AND o.system = %(system)s AND o.name = coalesce(%(name)s::text, o.name)
    UNION ALL
    SELECT 'pg_proc'::regclass, p.oid, true FROM pg_proc AS p WHERE p.pronamespace = 'denorm'::regnamespace
), dependent AS (
    SELECT d.classid, d.objid, d.objsubid, coalesce(
        CASE d.classid WHEN 'pg_class'::regclass THEN d.objid END,
        (SELECT ev_class FROM pg_rewrite WHERE d.classid = 'pg_rewrite'::regclass AND oid = d.objid),
        (SELECT conrelid FROM pg_constraint WHERE d.classid = 'pg_constraint'::regclass AND oid = d.objid),
        (SELECT adrelid FROM pg_attrdef WHERE d.classid = 'pg_attrdef'::regclass AND oid = d.objid)
    ) AS relation
    FROM pg_depend AS d
    JOIN ours ON (ours.class, ours.oid) = (d.refclassid, d.refobjid)
    WHERE d.deptype = 'n' AND (%(last)s OR NOT ours.control)
)
SELECT DISTINCT named.type || ' ' || named.identity AS object
FROM dependent
CROSS JOIN LATERAL (
    -- A view, rather than its rule.
    SELECT * FROM pg_identify_object('pg_class'::regclass, relation, 0) WHERE classid = 'pg_rewrite'::regclass
    UNION ALL
    SELECT * FROM pg_identify_object(classid, objid, objsubid) WHERE classid <> 'pg_rewrite'::regclass
) AS named
WHERE NOT EXISTS (SELECT FROM ours WHERE ours.class = 'pg_class'::regclass AND ours.oid = relation)
    -- Materialized views of other read models; `readers` tells of them.
    AND NOT EXISTS (SELECT FROM denorm.owned_relation AS v WHERE v.relation = dependent.relation AND v.commented)
    AND NOT EXISTS (SELECT FROM ours WHERE (ours.class, ours.oid) = (classid, objid))
    AND NOT EXISTS (
        SELECT FROM pg_trigger AS t
        WHERE classid = 'pg_trigger'::regclass AND t.oid = objid AND (t.tgisinternal OR t.tgname ~ '^(trg|zz)_denorm_'))
UNION
-- A publication goes on without the table, and its subscribers with rows that are no longer kept.
SELECT 'publication ' || quote_ident(b.pubname)
FROM ours
LEFT JOIN LATERAL pg_partition_tree(CASE WHEN class = 'pg_class'::regclass THEN ours.oid END) AS t ON true
JOIN pg_publication_rel AS r ON r.prrelid IN (ours.oid, t.relid)
JOIN pg_publication AS b ON b.oid = r.prpubid
WHERE class = 'pg_class'::regclass AND (%(last)s OR NOT control)
ORDER BY 1;

-- in_control_schema --
-- Tables, views and sequences in the control schema that are none of its own.
SELECT 'relation ' || c.oid::regclass AS object FROM pg_class AS c
WHERE c.relnamespace = 'denorm'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relname <> ALL (%(own)s)
    AND NOT EXISTS (
        SELECT FROM pg_depend AS d WHERE (d.classid, d.objid) = ('pg_class'::regclass, c.oid) AND d.deptype IN ('a', 'i'))
ORDER BY 1;

-- other_systems --
-- Whether a system has read models here, or changes of tables that need functions of the control schema.
SELECT EXISTS (SELECT FROM denorm.read_model WHERE system <> ALL (%(gone)s)) OR EXISTS (
    SELECT FROM pg_proc
    WHERE pronamespace = 'denorm'::regnamespace AND proname ~ '^(identifiers|deletes)_of_'
        AND proname <> ALL (%(functions)s::text[])) AS present;

-- stop --
-- No driver touches what is not live, and backfills end after their batch.
UPDATE denorm.read_model SET state = 'declared', cancelled_at = clock_timestamp()
WHERE system = %(system)s AND name <> ALL (%(but)s);

-- forget_source --
WITH logged AS (DELETE FROM denorm.change_log WHERE source_id = %(source_id)s)
DELETE FROM denorm.source WHERE id = %(source_id)s;

-- forget --
WITH ours AS (SELECT id FROM denorm.read_model WHERE system = %(system)s),
    stale AS (DELETE FROM denorm.pending WHERE model_id IN (SELECT id FROM ours)),
    flags AS (DELETE FROM denorm.flag WHERE system = %(system)s),
    declarations AS (DELETE FROM denorm.declaration WHERE system = %(system)s),
    builds AS (DELETE FROM denorm.index_build WHERE system = %(system)s),
    ranges AS (
        DELETE FROM denorm.id_range WHERE range_set IN (SELECT range_set FROM denorm.read_model WHERE system = %(system)s)
            AND range_set NOT IN (SELECT range_set FROM denorm.read_model WHERE system <> %(system)s))
DELETE FROM denorm.read_model WHERE system = %(system)s;

-- forget_model --
WITH stale AS (DELETE FROM denorm.pending WHERE model_id = %(model_id)s),
    ranges AS (
        DELETE FROM denorm.id_range AS r USING denorm.read_model AS m
        WHERE m.id = %(model_id)s AND r.range_set = m.range_set AND NOT EXISTS (
            SELECT FROM denorm.read_model AS o WHERE o.range_set = m.range_set AND o.id <> m.id))
DELETE FROM denorm.read_model WHERE id = %(model_id)s;

-- drop_control_schema --
DROP SCHEMA denorm CASCADE;
