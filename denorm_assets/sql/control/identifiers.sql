-- columns --
-- The declared keys, and all columns that refer to them by foreign keys, each with the uuid column in its place, if any.
WITH RECURSIVE declared AS (
    SELECT c.oid AS relation, k.key_column COLLATE "C" AS text_name
    FROM unnest(%(schemas)s::text[], %(tables)s::text[], %(columns)s::text[]) AS k (schema_name, table_name, key_column)
    JOIN pg_namespace AS n ON n.nspname = k.schema_name
    JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = k.table_name
), found (relation, text_name) AS (
    SELECT relation, text_name FROM declared
    UNION
    SELECT f.conrelid, coalesce(from_twin.text_name, from_column.attname::text)
    FROM found AS m
    JOIN pg_constraint AS f ON f.contype = 'f' AND f.confrelid = m.relation
    CROSS JOIN LATERAL unnest(f.conkey, f.confkey) AS pair (from_number, to_number)
    JOIN pg_attribute AS from_column ON from_column.attrelid = f.conrelid AND from_column.attnum = pair.from_number
    JOIN pg_attribute AS to_column ON to_column.attrelid = f.confrelid AND to_column.attnum = pair.to_number
    CROSS JOIN LATERAL (
        SELECT substring(col_description(f.conrelid, pair.from_number) FROM '^denorm_assets in place of (.+)$')
    ) AS from_twin (text_name)
    CROSS JOIN LATERAL (
        SELECT substring(col_description(f.confrelid, pair.to_number) FROM '^denorm_assets in place of (.+)$')
    ) AS to_twin (text_name)
    -- A column of the application that refers to a uuid one needs nothing in its place.
    WHERE coalesce(to_twin.text_name, to_column.attname::text) = m.text_name
        AND (from_twin.text_name IS NOT NULL OR to_twin.text_name IS NULL)
), known (relation, text_name) AS (
    SELECT relation, text_name FROM found
    UNION
    -- Where the application dropped the foreign key since, the columns are there all the same.
    SELECT d.objoid, substring(d.description FROM '^denorm_assets in place of (.+)$') COLLATE "C"
    FROM found JOIN pg_description AS d ON d.objoid = found.relation AND d.classoid = 'pg_class'::regclass
    WHERE d.objsubid > 0 AND d.description LIKE 'denorm_assets in place of %%'
)
SELECT n.nspname AS schema, c.relname AS table,
    c.relkind = 'r' AND NOT EXISTS (SELECT FROM pg_inherits WHERE c.oid IN (inhrelid, inhparent)) AS plain,
    known.text_name AS column, format_type(text_column.atttypid, text_column.atttypmod) AS type,
    coalesce(text_column.attnotnull, false) AS not_null, pg_get_expr(text_default.adbin, c.oid) AS default,
    coalesce(text_column.attgenerated <> '', false) AS generated,
    twin.attname AS uuid_column, format_type(twin.atttypid, NULL) AS uuid_type,
    coalesce(twin.attnotnull, false) AS uuid_not_null, coalesce(twin.atthasdef, false) AS uuid_has_default,
    (known.relation, known.text_name) IN (SELECT relation, text_name FROM declared) AS is_declared
FROM known
JOIN pg_class AS c ON c.oid = known.relation
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute AS twin
    ON twin.attrelid = c.oid AND NOT twin.attisdropped AND twin.attnum > 0
    AND col_description(c.oid, twin.attnum) = 'denorm_assets in place of ' || known.text_name
-- Once it is dropped, the application may have another column of its name, or give that name to the uuid one.
LEFT JOIN pg_attribute AS text_column
    ON text_column.attrelid = c.oid AND text_column.attname = known.text_name AND NOT text_column.attisdropped
    AND (twin.attnum IS NULL OR twin.attnum <> text_column.attnum
        AND text_column.atttypid IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype))
LEFT JOIN pg_attrdef AS text_default
    ON text_default.adrelid = c.oid AND text_default.adnum = text_column.attnum AND text_column.attgenerated = ''
ORDER BY c.oid, coalesce(text_column.attnum, twin.attnum);

-- keys --
-- Primary keys and other unique constraints of a table, with their columns in order.
SELECT k.conname AS name, k.contype = 'p' AS is_primary, i.relname AS index,
    obj_description(k.oid, 'pg_constraint') AS comment,
    ARRAY(
        SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS part (number, place)
        JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = part.number ORDER BY part.place
    ) AS columns
FROM pg_constraint AS k
JOIN pg_class AS c ON c.oid = k.conrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_class AS i ON i.oid = k.conindid
WHERE k.contype IN ('p', 'u') AND n.nspname = %(schema)s AND c.relname = %(table)s
ORDER BY k.contype, k.conname;

-- indexes --
-- Indexes of a table over columns, with these in order, each with what its order says (collation, operator class, ...);
-- of the text identifiers %(identifiers)s only what an order of any type may say. Of those over a part of the rows,
-- `asks_identifier` says whether that part has to do with one of these.
SELECT i.relname AS name, x.indisvalid AS valid, x.indisunique AS is_unique, m.amname AS method,
    x.indisunique AND NOT x.indimmediate OR x.indisexclusion OR x.indnullsnotdistinct AS is_odd,
    EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.oid AND k.conrelid = c.oid) AS is_constraint,
    pg_get_expr(x.indpred, x.indrelid) AS predicate,
    EXISTS (
        SELECT FROM unnest(%(identifiers)s::text[]) AS named
        WHERE pg_get_expr(x.indpred, x.indrelid) ~ ('\m' || regexp_replace(named, '(\W)', '\\\1', 'g') || '\M')
    ) AS asks_identifier,
    ARRAY(
        SELECT a.attname::text FROM unnest(x.indkey) WITH ORDINALITY AS part (number, place)
        JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = part.number
        WHERE part.place <= x.indnkeyatts ORDER BY part.place
    ) AS columns,
    ARRAY(
        SELECT CASE WHEN a.attname = ANY (%(identifiers)s::text[]) THEN '' ELSE
                coalesce(' COLLATE ' || quote_ident(ln.nspname) || '.' || quote_ident(l.collname), '')
                || coalesce(' ' || quote_ident(tn.nspname) || '.' || quote_ident(o.opcname), '') END
            || CASE part.way & 3 WHEN 1 THEN ' DESC NULLS LAST' WHEN 2 THEN ' NULLS FIRST' WHEN 3 THEN ' DESC' ELSE '' END
        FROM ROWS FROM (
            unnest(x.indkey::int2[]), unnest(x.indcollation::oid[]), unnest(x.indclass::oid[]), unnest(x.indoption::int2[])
        ) WITH ORDINALITY AS part (number, collating, class, way, place)
        JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = part.number
        LEFT JOIN pg_collation AS l ON l.oid = part.collating AND l.oid <> a.attcollation
        LEFT JOIN pg_namespace AS ln ON ln.oid = l.collnamespace
        LEFT JOIN pg_opclass AS o ON o.oid = part.class AND NOT o.opcdefault
        LEFT JOIN pg_namespace AS tn ON tn.oid = o.opcnamespace
        WHERE part.place <= x.indnkeyatts ORDER BY part.place
    ) AS orders,
    ARRAY(
        SELECT a.attname::text FROM unnest(x.indkey) WITH ORDINALITY AS part (number, place)
        JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = part.number
        WHERE part.place > x.indnkeyatts ORDER BY part.place
    ) AS included
FROM pg_index AS x
JOIN pg_class AS i ON i.oid = x.indexrelid
JOIN pg_am AS m ON m.oid = i.relam
JOIN pg_class AS c ON c.oid = x.indrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE x.indexprs IS NULL AND n.nspname = %(schema)s AND c.relname = %(table)s
ORDER BY i.relname;

-- references --
-- Foreign keys of a table, with their columns in order and what they do.
SELECT f.conname AS name, f.convalidated AS validated, tn.nspname AS to_schema, t.relname AS to_table,
    f.confmatchtype AS matching, f.confupdtype AS on_update, f.confdeltype AS on_delete,
    f.condeferrable AS is_deferrable, f.condeferred AS is_deferred, obj_description(f.oid, 'pg_constraint') AS comment,
    ARRAY(
        SELECT a.attname::text FROM unnest(f.conkey) WITH ORDINALITY AS part (number, place)
        JOIN pg_attribute AS a ON a.attrelid = f.conrelid AND a.attnum = part.number ORDER BY part.place
    ) AS columns,
    ARRAY(
        SELECT a.attname::text FROM unnest(f.confkey) WITH ORDINALITY AS part (number, place)
        JOIN pg_attribute AS a ON a.attrelid = f.confrelid AND a.attnum = part.number ORDER BY part.place
    ) AS to_columns
FROM pg_constraint AS f
JOIN pg_class AS c ON c.oid = f.conrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_class AS t ON t.oid = f.confrelid
JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
WHERE f.contype = 'f' AND f.conparentid = 0 AND n.nspname = %(schema)s AND c.relname = %(table)s
ORDER BY f.conname;

-- checks --
-- CHECK constraints of a table.
SELECT k.conname AS name, k.convalidated AS validated
FROM pg_constraint AS k
JOIN pg_class AS c ON c.oid = k.conrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE k.contype = 'c' AND n.nspname = %(schema)s AND c.relname = %(table)s;

-- triggers --
-- The trigger that keeps a table's identifiers in step: whether it is on, and what its function's COMMENT says.
SELECT g.tgenabled IN ('O', 'A') AS enabled, obj_description(p.oid, 'pg_proc') AS comment
FROM pg_trigger AS g
JOIN pg_class AS c ON c.oid = g.tgrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_proc AS p ON p.oid = g.tgfoid
WHERE NOT g.tgisinternal AND g.tgname = %(trigger)s AND n.nspname = %(schema)s AND c.relname = %(table)s;

-- watchers --
-- Triggers of the application that run where a row of a table is updated; and whether we may fill its uuid columns
-- without any trigger: not where a trigger of ours, or a foreign key on these columns, has to see what changes.
SELECT g.tgname AS name, has_parameter_privilege('session_replication_role', 'SET') AND NOT EXISTS (
    SELECT FROM pg_trigger AS ours JOIN pg_proc AS p ON p.oid = ours.tgfoid
    WHERE ours.tgrelid = c.oid AND p.pronamespace = to_regnamespace('denorm') AND ours.tgname <> %(trigger)s
) AND NOT EXISTS (
    SELECT FROM pg_constraint AS f WHERE f.contype = 'f' AND f.conrelid = c.oid AND EXISTS (
        SELECT FROM unnest(f.conkey) AS number
        WHERE col_description(c.oid, number) LIKE 'denorm_assets in place of %%'
    )
) AS avoidable
FROM pg_trigger AS g
JOIN pg_class AS c ON c.oid = g.tgrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_proc AS own ON own.oid = g.tgfoid
WHERE NOT g.tgisinternal AND g.tgtype & 16 = 16 AND own.pronamespace IS DISTINCT FROM to_regnamespace('denorm')
    AND n.nspname = %(schema)s AND c.relname = %(table)s
ORDER BY g.tgname;

-- blocks --
-- How many blocks a table has now.
SELECT pg_relation_size(c.oid) / current_setting('block_size')::bigint AS blocks
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(table)s;

-- dependents --
-- Views and rules that read a column, which PostgreSQL would not let go.
SELECT DISTINCT n.nspname AS schema, v.relname AS view
FROM pg_depend AS d
JOIN pg_rewrite AS r ON r.oid = d.objid
JOIN pg_class AS v ON v.oid = r.ev_class
JOIN pg_namespace AS n ON n.oid = v.relnamespace
JOIN pg_class AS c ON c.oid = d.refobjid
JOIN pg_namespace AS cn ON cn.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
    AND cn.nspname = %(schema)s AND c.relname = %(table)s AND a.attname = ANY (%(columns)s)
ORDER BY n.nspname, v.relname;

-- attached --
-- What else needs a column, so that PostgreSQL would not let it go: policies, triggers, generated columns, functions.
SELECT DISTINCT pg_describe_object(d.classid, d.objid, d.objsubid) AS object
FROM pg_depend AS d
JOIN pg_class AS c ON c.oid = d.refobjid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
WHERE d.refclassid = 'pg_class'::regclass AND d.deptype = 'n'
    AND d.classid NOT IN ('pg_rewrite'::regclass, 'pg_constraint'::regclass)
    AND (d.classid, d.objid) NOT IN (SELECT 'pg_trigger'::regclass, oid FROM pg_trigger WHERE tgname = %(trigger)s)
    AND n.nspname = %(schema)s AND c.relname = %(table)s AND a.attname = ANY (%(columns)s)
ORDER BY 1;

-- standing --
-- What else stands on a column and would go with it unsaid: what keeps rows right, and what replication knows rows by.
-- Not keys, which have counterparts on uuid columns, nor what is called one of %(but)s.
SELECT DISTINCT
    CASE WHEN d.classid = 'pg_class'::regclass AND x.indisreplident THEN 'REPLICA IDENTITY ' ELSE '' END
        || pg_describe_object(d.classid, d.objid, 0) AS object
FROM pg_depend AS d
JOIN pg_class AS c ON c.oid = d.refobjid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
LEFT JOIN pg_index AS x ON d.classid = 'pg_class'::regclass AND x.indexrelid = d.objid
LEFT JOIN pg_class AS i ON i.oid = x.indexrelid
LEFT JOIN pg_constraint AS k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
WHERE d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'n')
    AND (x.indisreplident OR (x.indisunique OR x.indisexclusion) AND i.relname <> ALL (%(but)s)
        OR k.contype IN ('c', 'x') AND k.conname <> ALL (%(but)s))
    AND n.nspname = %(schema)s AND c.relname = %(table)s AND a.attname = ANY (%(columns)s)
ORDER BY 1;

-- oddities --
-- What of a table could not be kept with its keys on other columns than the text ones `columns`, and why.
WITH of AS (
    SELECT c.oid, c.relreplident, (
        SELECT array_agg(a.attnum) FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = ANY (%(columns)s)
    ) AS numbers
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = %(schema)s AND c.relname = %(table)s
), key AS (
    SELECT k.*, x.*,
        i.reloptions IS NOT NULL OR i.reltablespace <> 0 OR obj_description(i.oid, 'pg_class') IS NOT NULL AS has_options
    FROM of
    JOIN pg_constraint AS k ON k.conrelid = of.oid AND k.conkey && of.numbers AND k.contype IN ('p', 'u')
    JOIN pg_index AS x ON x.indexrelid = k.conindid
    JOIN pg_class AS i ON i.oid = x.indexrelid
), reference AS (
    SELECT f.* FROM of JOIN pg_constraint AS f ON f.conrelid = of.oid AND f.conkey && of.numbers AND f.contype = 'f'
)
SELECT 'key ' || conname AS object, found.problem
FROM key CROSS JOIN LATERAL (VALUES
    ('deferrable', condeferrable), ('include', indnatts > indnkeyatts), ('nulls', indnullsnotdistinct),
    ('overlaps', indisexclusion), ('replica identity', contype = 'p' AND indisreplident),
    ('cluster', contype = 'p' AND indisclustered), ('options', contype = 'p' AND has_options)
) AS found (problem, present) WHERE found.present
UNION ALL
SELECT 'foreign key ' || conname, found.problem
FROM reference AS f CROSS JOIN LATERAL (VALUES
    ('full', confmatchtype <> 's'), ('default', 'd' IN (confupdtype, confdeltype)),
    ('some columns', confdelsetcols IS NOT NULL), ('not valid', NOT convalidated),
    ('twice', EXISTS (
        SELECT FROM reference AS other
        WHERE other.oid < f.oid AND other.conkey = f.conkey AND other.confrelid = f.confrelid
            AND other.confkey = f.confkey
    )),
    ('of an index', NOT EXISTS (
        SELECT FROM pg_constraint AS k WHERE k.conindid = f.conindid AND k.contype IN ('p', 'u')
    ))
) AS found (problem, present) WHERE found.present
UNION ALL
SELECT 'publication ' || p.pubname, 'publication'
FROM of JOIN pg_publication_rel AS r ON r.prrelid = of.oid JOIN pg_publication AS p ON p.oid = r.prpubid
WHERE of.relreplident = 'd' AND (r.prattrs IS NOT NULL OR r.prqual IS NOT NULL)
    AND EXISTS (SELECT FROM key WHERE contype = 'p')
UNION ALL
SELECT 'trigger ' || g.tgname, 'later'
FROM of JOIN pg_trigger AS g ON g.tgrelid = of.oid
-- BEFORE (2) and FOR EACH ROW (1), INSERT (4) or UPDATE (16).
WHERE NOT g.tgisinternal AND g.tgtype & 3 = 3 AND g.tgtype & 20 <> 0 AND g.tgname > %(trigger)s
UNION ALL
-- What foreign keys do to the uuid column would not wake it.
SELECT 'trigger ' || g.tgname, 'of columns'
FROM of JOIN pg_trigger AS g ON g.tgrelid = of.oid
JOIN reference AS f ON f.confdeltype IN ('n', 'd') OR f.confupdtype IN ('c', 'n', 'd')
WHERE NOT g.tgisinternal AND g.tgattr::int2[] && of.numbers
UNION ALL
-- PostgreSQL lets a query show what only the primary key determines; it would not be the primary key any more.
SELECT DISTINCT pg_describe_object('pg_class'::regclass, r.ev_class, 0), 'grouped'
FROM key JOIN pg_depend AS d ON d.refclassid = 'pg_constraint'::regclass AND d.refobjid = key.oid
JOIN pg_rewrite AS r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
ORDER BY 1, 2;

-- newcomers --
-- Tables that refer to a column by one that is in place of no other.
SELECT DISTINCT fn.nspname AS schema, fc.relname AS table
FROM pg_constraint AS f
CROSS JOIN LATERAL unnest(f.conkey, f.confkey) AS pair (from_number, to_number)
JOIN pg_attribute AS a ON a.attrelid = f.confrelid AND a.attnum = pair.to_number
JOIN pg_class AS c ON c.oid = f.confrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_class AS fc ON fc.oid = f.conrelid
JOIN pg_namespace AS fn ON fn.oid = fc.relnamespace
WHERE f.contype = 'f' AND n.nspname = %(schema)s AND c.relname = %(table)s AND a.attname = ANY (%(columns)s)
    AND coalesce(col_description(f.conrelid, pair.from_number), '') NOT LIKE 'denorm_assets in place of %%'
ORDER BY 1, 2;

-- index_bytes --
-- Bytes of each of some indexes of a schema.
SELECT i.relname AS name, pg_relation_size(i.oid) AS bytes
FROM pg_class AS i JOIN pg_namespace AS n ON n.oid = i.relnamespace
WHERE n.nspname = %(schema)s AND i.relname = ANY (%(names)s);

-- remember --
-- A foreign key that is about to be dropped, so that it can come back.
INSERT INTO denorm.moved_reference (table_schema, table_name, name, columns, to_schema, to_table, to_columns, on_update,
    on_delete, is_deferrable, is_deferred)
VALUES (%(schema)s, %(table)s, %(name)s, %(columns)s, %(to_schema)s, %(to_table)s, %(to_columns)s, %(on_update)s,
    %(on_delete)s, %(is_deferrable)s, %(is_deferred)s)
ON CONFLICT DO NOTHING;

-- remembered --
SELECT name, columns, to_schema, to_table, to_columns, on_update, on_delete, is_deferrable, is_deferred
FROM denorm.moved_reference
WHERE table_schema = %(schema)s AND table_name = %(table)s
    AND to_regclass(format('%%I.%%I', to_schema, to_table)) IS NOT NULL
ORDER BY name;

-- forget --
DELETE FROM denorm.moved_reference WHERE table_schema = %(schema)s AND table_name = %(table)s;
