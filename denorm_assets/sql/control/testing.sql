-- tables --
-- The sources of the read models of some systems, without read models, and the tables that they refer to, at any depth.
-- A row is told by its primary key; without one, by where it is stored.
WITH RECURSIVE known AS (
    SELECT s.relation FROM denorm.source AS s
    JOIN denorm.dependency AS d ON d.source_id = s.id
    JOIN denorm.read_model AS m ON m.id = d.model_id
    WHERE m.system = ANY (%(systems)s)
    UNION
    SELECT f.confrelid FROM known AS k
    JOIN pg_constraint AS f ON f.conrelid = k.relation AND f.contype = 'f' AND f.conparentid = 0
)
SELECT c.oid::bigint AS id, n.nspname AS schema, c.relname AS name, ARRAY(
        SELECT a.attname::text FROM pg_index AS x
        CROSS JOIN LATERAL unnest(x.indkey::smallint[]) WITH ORDINALITY AS k (number, position)
        JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = k.number
        WHERE x.indrelid = c.oid AND x.indisprimary AND k.position <= x.indnkeyatts
        ORDER BY k.position
    ) AS key
FROM known AS k
JOIN pg_class AS c ON c.oid = k.relation AND c.relkind IN ('r', 'p')
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.oid NOT IN (SELECT o.relation FROM denorm.owned_relation AS o)
ORDER BY n.nspname, c.relname;

-- columns --
-- Those that applications leave out are written by PostgreSQL: generated ones, identities, and those of a sequence.
SELECT a.attrelid::bigint AS table_id, a.attname AS name, a.atttypid::bigint AS type, a.atttypmod AS modifier,
    a.attnotnull OR t.typnotnull AS not_null, a.atthasdef AND a.attgenerated = '' AS has_default,
    a.attgenerated = '' AND a.attidentity = '' AND NOT EXISTS (
        SELECT FROM pg_attrdef AS f
        JOIN pg_depend AS d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid AND d.refclassid = 'pg_class'::regclass
        JOIN pg_class AS s ON s.oid = d.refobjid AND s.relkind = 'S'
        WHERE f.adrelid = a.attrelid AND f.adnum = a.attnum
    ) AS written
FROM pg_attribute AS a
JOIN pg_type AS t ON t.oid = a.atttypid
WHERE a.attrelid = ANY (%(tables)s::bigint[]::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum;

-- foreign_keys --
SELECT f.conrelid::bigint AS table_id, f.confrelid::bigint AS referenced_id,
    ARRAY(SELECT a.attname::text FROM unnest(f.conkey) WITH ORDINALITY AS k (number, position)
        JOIN pg_attribute AS a ON a.attrelid = f.conrelid AND a.attnum = k.number ORDER BY k.position) AS columns,
    ARRAY(SELECT a.attname::text FROM unnest(f.confkey) WITH ORDINALITY AS k (number, position)
        JOIN pg_attribute AS a ON a.attrelid = f.confrelid AND a.attnum = k.number ORDER BY k.position) AS referenced
FROM pg_constraint AS f
WHERE f.contype = 'f' AND f.conparentid = 0 AND f.conrelid = ANY (%(tables)s::bigint[]::oid[])
    AND f.confrelid = ANY (%(tables)s::bigint[]::oid[])
ORDER BY f.conrelid, f.conname;

-- types --
-- Some types, and those that they are made of: what domains, arrays, ranges, multiranges and rows are of.
WITH RECURSIVE parts AS (
    SELECT t.oid AS whole, t.typbasetype AS part FROM pg_type AS t WHERE t.typtype = 'd'
    UNION ALL
    SELECT t.oid, t.typelem FROM pg_type AS t WHERE t.typsubscript = 'array_subscript_handler'::regproc
    UNION ALL
    SELECT r.rngtypid, r.rngsubtype FROM pg_range AS r
    UNION ALL
    SELECT r.rngmultitypid, r.rngtypid FROM pg_range AS r
    UNION ALL
    SELECT t.oid, a.atttypid FROM pg_type AS t
    JOIN pg_attribute AS a ON a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE t.typtype = 'c'
), used AS (
    SELECT unnest(%(types)s::bigint[]::oid[]) AS id
    UNION
    SELECT p.part FROM used AS u JOIN parts AS p ON p.whole = u.id
)
SELECT t.oid::bigint AS id, t.typname AS name, t.typnamespace = 'pg_catalog'::regnamespace AS built_in,
    CASE WHEN t.typsubscript = 'array_subscript_handler'::regproc THEN 'a' ELSE t.typtype::text END AS kind,
    t.typcategory::text AS category, t.typtypmod AS modifier,
    ARRAY(SELECT e.enumlabel::text FROM pg_enum AS e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) AS labels,
    coalesce((SELECT e.typdelim::text FROM pg_type AS e WHERE e.oid = t.typelem), ',') AS delimiter,
    CASE WHEN t.typtype = 'c' THEN ARRAY(
            SELECT a.atttypid::bigint FROM pg_attribute AS a
            WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum)
        ELSE ARRAY(SELECT p.part::bigint FROM parts AS p WHERE p.whole = t.oid) END AS parts
FROM used AS u
JOIN pg_type AS t ON t.oid = u.id;

-- waiting --
-- Changes that a read model does not show yet.
SELECT (SELECT count(*) FROM denorm.pending AS p WHERE p.model_id = %(model_id)s)
    + (SELECT count(*) FROM denorm.change_log AS l
        JOIN denorm.dependency AS d ON d.source_id = l.source_id WHERE d.model_id = %(model_id)s) AS count;

-- waits --
-- Whether any read model of some systems does not show a change yet.
SELECT EXISTS (
        SELECT FROM denorm.pending AS p JOIN denorm.read_model AS m ON m.id = p.model_id
        WHERE m.system = ANY (%(systems)s) AND m.kind = 'table'
    ) OR EXISTS (
        SELECT FROM denorm.change_log AS l
        JOIN denorm.dependency AS d ON d.source_id = l.source_id
        JOIN denorm.read_model AS m ON m.id = d.model_id
        WHERE m.system = ANY (%(systems)s) AND m.kind = 'table'
    ) AS found;

-- move_clocks --
-- The stored time of read models that have one: to a moment, or on by an interval.
SELECT denorm.move_clock(m.id, coalesce(%(moment)s::timestamptz, m.clock + %(later)s::interval))
FROM denorm.read_model AS m WHERE m.system = ANY (%(systems)s) AND m.clock IS NOT NULL ORDER BY m.id;
