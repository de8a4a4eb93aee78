-- view_columns --
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
    CASE WHEN a.attcollation <> t.typcollation THEN ARRAY[n.nspname, c.collname]::text[] END AS collation,
    -- Whether equal values of the type are always the same value: 1.0 = 1.00 and '24 hours' = '1 day' are not.
    coalesce(c.collisdeterministic, true)
        AND (
            b.typtype = 'e'
            OR b.oid = 'numeric'::regtype AND a.atttypmod >= 0
            OR b.oid = ANY (
                '{boolean, smallint, integer, bigint, oid, text, varchar, bpchar, name, uuid, bytea, date, time, timetz,
                timestamp, timestamptz, inet, cidr, macaddr, macaddr8}'::regtype[]
            )
        ) AS exact
FROM pg_attribute AS a
JOIN pg_type AS t ON t.oid = a.atttypid
JOIN pg_type AS b ON b.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
LEFT JOIN pg_collation AS c ON c.oid = a.attcollation
LEFT JOIN pg_namespace AS n ON n.oid = c.collnamespace
WHERE a.attrelid = 'pg_temp.denorm_described'::regclass AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum;

-- table_columns --
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS not_null
FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(table)s AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum;

-- indexes --
SELECT i.relname AS name, x.indisvalid AS valid, obj_description(i.oid, 'pg_class') AS comment,
    pg_relation_size(i.oid) AS bytes,
    -- The columns that rows cannot agree in, where that is so for all rows and at once; nullable ones only if NULLs count.
    CASE WHEN x.indisunique AND x.indisvalid AND x.indimmediate AND x.indpred IS NULL AND x.indexprs IS NULL THEN
        ARRAY(
            SELECT a.attname::text FROM pg_attribute AS a
            WHERE a.attrelid = c.oid AND a.attnum = ANY (x.indkey::smallint[])
        )
    END AS unique_columns,
    x.indisprimary OR x.indnullsnotdistinct AS null_is_a_value
FROM pg_index AS x
JOIN pg_class AS i ON i.oid = x.indexrelid
JOIN pg_class AS c ON c.oid = x.indrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(table)s;

-- foreign_keys --
SELECT k.conname AS name, k.convalidated AS validated
FROM pg_constraint AS k
JOIN pg_class AS c ON c.oid = k.conrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(table)s AND k.contype = 'f';

-- table_size --
SELECT c.reltuples::bigint AS estimated_rows, pg_total_relation_size(c.oid) AS bytes
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(table)s;

-- closed_schema --
SELECT nspname FROM pg_namespace WHERE nspname = %(schema)s AND NOT has_schema_privilege(oid, 'USAGE');
