-- key --
-- The primary key of a table in order, each column with the operator that its index finds equal values by.
SELECT a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type, n.nspname AS operator_schema, o.oprname AS operator
FROM pg_index AS x
JOIN pg_class AS c ON c.oid = x.indrelid
JOIN pg_namespace AS cn ON cn.oid = c.relnamespace
CROSS JOIN LATERAL unnest(x.indkey::smallint[], x.indclass::oid[]) WITH ORDINALITY AS part (number, class, place)
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = part.number
JOIN pg_opclass AS k ON k.oid = part.class
JOIN pg_amop AS m ON m.amopfamily = k.opcfamily AND m.amopstrategy = 3
    AND (m.amoplefttype, m.amoprighttype) = (k.opcintype, k.opcintype)
JOIN pg_operator AS o ON o.oid = m.amopopr
JOIN pg_namespace AS n ON n.oid = o.oprnamespace
WHERE x.indisprimary AND cn.nspname = %(schema)s AND c.relname = %(table)s
ORDER BY part.place;

-- cascades --
-- Foreign keys by which rows of some tables would be deleted along with those of a table, with their operators.
SELECT n.nspname AS schema, c.relname AS table,
    ARRAY(
        SELECT ARRAY[a.attname, t.attname, s.nspname, o.oprname]::text[]
        FROM unnest(f.conkey, f.confkey, f.conpfeqop) WITH ORDINALITY AS part (number, to_number, operator, place)
        JOIN pg_attribute AS a ON a.attrelid = f.conrelid AND a.attnum = part.number
        JOIN pg_attribute AS t ON t.attrelid = f.confrelid AND t.attnum = part.to_number
        JOIN pg_operator AS o ON o.oid = part.operator
        JOIN pg_namespace AS s ON s.oid = o.oprnamespace
        ORDER BY part.place
    ) AS pairs
FROM pg_constraint AS f
JOIN pg_class AS c ON c.oid = f.conrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_class AS r ON r.oid = f.confrelid
JOIN pg_namespace AS rn ON rn.oid = r.relnamespace
WHERE f.contype = 'f' AND f.confdeltype = 'c' AND f.conparentid = 0
    AND rn.nspname = %(schema)s AND r.relname = %(table)s
    AND (n.nspname, c.relname) IN (SELECT * FROM unnest(%(schemas)s::text[], %(tables)s::text[]))
ORDER BY n.nspname, c.relname, pairs;

-- view --
-- What has a view's name: whether it is defined as the temporary view `expected` is, and what a DELETE through it runs.
SELECT c.relkind = 'v' AS is_view, obj_description(c.oid, 'pg_class') AS comment,
    ARRAY(
        SELECT a.attname::text FROM pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
    ) AS columns,
    coalesce('security_invoker=true' = ANY (c.reloptions), false) AS for_whoever_asks,
    coalesce(pg_get_viewdef(c.oid) = pg_get_viewdef(to_regclass('pg_temp.' || %(expected)s)), false) AS as_expected,
    coalesce(g.tgenabled IN ('O', 'A'), false) AS enabled,
    CASE WHEN NOT p.prosecdef AND p.proconfig IS NULL THEN p.prosrc END AS body
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_trigger AS g ON g.tgrelid = c.oid AND g.tgname = %(trigger)s
LEFT JOIN pg_proc AS p ON p.oid = g.tgfoid
WHERE n.nspname = %(schema)s AND c.relname = %(view)s;

-- readers --
-- Views that read a view of ours, or a column of its table, besides that view itself and read models that go before.
WITH ours AS (
    SELECT c.oid, CASE WHEN c.relname = %(table)s THEN a.attnum END AS number, c.relname = %(view)s AS is_view
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = %(column)s AND NOT a.attisdropped
    WHERE n.nspname = %(schema)s AND c.relname IN (%(table)s, %(view)s)
)
SELECT DISTINCT pg_describe_object('pg_class'::regclass, r.ev_class, 0) AS object
FROM ours
JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = ours.oid
    AND (ours.is_view OR d.refobjsubid = ours.number)
JOIN pg_rewrite AS r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
WHERE r.ev_class NOT IN (SELECT oid FROM ours WHERE is_view)
    AND NOT coalesce(starts_with(obj_description(r.ev_class, 'pg_class'), 'denorm_assets read model ' || %(going)s::text || '/'),
        false)
ORDER BY object;

-- reading_models --
-- Read models for which changes of a column are logged, besides those of a system that go before.
SELECT DISTINCT 'read model ' || m.system || '/' || m.name AS object
FROM denorm.source AS s
JOIN denorm.dependency AS d ON d.source_id = s.id
JOIN denorm.read_model AS m ON m.id = d.model_id
WHERE (s.table_schema, s.table_name) = (%(schema)s, %(table)s)
    AND %(column)s = ANY (s.logged_columns || s.compared_columns)
    AND m.system IS DISTINCT FROM %(going)s
ORDER BY object;

-- lacks_statistics --
-- Whether the planner knows nothing of the column that marks rows.
SELECT NOT EXISTS (
    SELECT FROM pg_stats WHERE schemaname = %(schema)s AND tablename = %(table)s AND attname = 'deleted_at'
) AS lacks;
