-- tables --
-- The application's tables; partitions count as part of the table that they belong to.
SELECT n.nspname AS schema, c.relname AS name,
    -- As last analyzed; where that never happened, by size.
    sum(CASE WHEN m.reltuples >= 0 THEN m.reltuples ELSE pg_relation_size(m.oid) / 100 END)::bigint AS rows,
    sum(pg_total_relation_size(m.oid))::bigint AS bytes
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT c.oid UNION SELECT t.relid FROM pg_partition_tree(c.oid) AS t) AS part (relid)
JOIN pg_class AS m ON m.oid = part.relid
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'denorm')
    AND coalesce(obj_description(c.oid, 'pg_class'), '') NOT LIKE 'denorm@_assets read model %%' ESCAPE '@'
    AND NOT EXISTS (
        SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
GROUP BY c.oid, n.nspname, c.relname
ORDER BY bytes DESC, schema, name;

-- foreign_keys --
-- Those of tables that we may read, of the largest tables first: which columns of `child` name which of `parent`.
SELECT cn.nspname AS child_schema, c.relname AS child, pn.nspname AS parent_schema, p.relname AS parent,
    ARRAY(
        SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u (number, place)
        JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.number ORDER BY u.place) AS child_columns,
    ARRAY(
        SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u (number, place)
        JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.number ORDER BY u.place) AS parent_columns
FROM pg_constraint AS k
JOIN pg_class AS c ON c.oid = k.conrelid
JOIN pg_namespace AS cn ON cn.oid = c.relnamespace
JOIN pg_class AS p ON p.oid = k.confrelid
JOIN pg_namespace AS pn ON pn.oid = p.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0 AND cn.nspname <> 'denorm' AND pn.nspname <> 'denorm'
    AND has_schema_privilege(cn.oid, 'USAGE') AND has_schema_privilege(pn.oid, 'USAGE')
    AND has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(p.oid, 'SELECT')
    AND NOT EXISTS (
        SELECT FROM unnest(ARRAY[c.oid, p.oid]) AS of
        WHERE obj_description(of, 'pg_class') LIKE 'denorm@_assets read model %%' ESCAPE '@')
ORDER BY greatest(c.reltuples, 0) DESC, pg_total_relation_size(c.oid) DESC, cn.nspname, c.relname, k.conname;

-- views --
-- The application's views and materialized views, each after those that it was created from.
SELECT n.nspname AS schema, c.relname AS name, c.relkind = 'm' AS materialized, c.oid::bigint AS id,
    pg_get_viewdef(c.oid, true) AS text
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'denorm')
    AND coalesce(obj_description(c.oid, 'pg_class'), '') NOT LIKE 'denorm@_assets read model %%' ESCAPE '@'
    AND NOT EXISTS (
        SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.oid;

-- indexes_of_view --
-- Its indexes. `columns` are plain columns in order, with DESC and the like after them, and NULL where the index is more
-- than that; `is_key` says that no two rows agree in them.
SELECT i.relname AS name, pg_get_indexdef(i.oid) AS statement, x.indisunique AS is_unique,
    x.indisunique AND x.indisvalid AND x.indpred IS NULL AND x.indexprs IS NULL AS is_key,
    ARRAY(
        SELECT a.attname::text FROM unnest((x.indkey::smallint[])[0:x.indnkeyatts - 1]) WITH ORDINALITY AS u (number, place)
        JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = u.number ORDER BY u.place) AS columns,
    ARRAY(
        SELECT CASE (x.indoption::smallint[])[p]
            WHEN 0 THEN '' WHEN 1 THEN ' DESC NULLS LAST' WHEN 2 THEN ' NULLS FIRST' ELSE ' DESC' END
        FROM generate_series(0, x.indnkeyatts - 1) AS p ORDER BY p) AS orders,
    m.amname = 'btree' AND x.indisvalid AND x.indpred IS NULL AND x.indexprs IS NULL AND x.indnatts = x.indnkeyatts
        AND NOT EXISTS (
            SELECT FROM generate_series(0, x.indnkeyatts - 1) AS p
            JOIN pg_opclass AS o ON o.oid = (x.indclass::oid[])[p]
            JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = (x.indkey::smallint[])[p]
            WHERE NOT o.opcdefault OR (x.indcollation::oid[])[p] <> a.attcollation) AS is_plain
FROM pg_index AS x
JOIN pg_class AS i ON i.oid = x.indexrelid
JOIN pg_am AS m ON m.oid = i.relam
WHERE x.indrelid = %(id)s::bigint::oid
ORDER BY x.indnkeyatts, i.relname;

-- triggers --
-- The application's row and statement triggers, with the source of their functions.
SELECT n.nspname AS schema, c.relname AS table, t.tgname AS name, fn.nspname AS function_schema, f.proname AS function,
    f.prosrc AS source, t.tgqual IS NOT NULL AS conditional
FROM pg_trigger AS t
JOIN pg_class AS c ON c.oid = t.tgrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_proc AS f ON f.oid = t.tgfoid
JOIN pg_namespace AS fn ON fn.oid = f.pronamespace
JOIN pg_language AS l ON l.oid = f.prolang AND l.lanname IN ('plpgsql', 'sql')
WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND fn.nspname <> 'denorm' AND n.nspname NOT IN ('denorm', 'information_schema')
    AND NOT EXISTS (
        SELECT FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass AND d.objid = f.oid AND d.deptype = 'e')
ORDER BY n.nspname, c.relname, t.tgname;

-- comparable_columns --
-- The output columns by position, and whether the default `=` of their type can tell rows apart; arrays could, but changes
-- are not traced to them.
SELECT a.attnum::int AS position, a.attname AS name, b.typtype = 'e' OR b.oid = 'varchar'::regtype OR EXISTS (
        SELECT FROM pg_opclass AS o JOIN pg_am AS m ON m.oid = o.opcmethod AND m.amname = 'btree'
        WHERE o.opcintype = b.oid AND o.opcdefault) AS comparable
FROM pg_attribute AS a
JOIN pg_type AS t ON t.oid = a.atttypid
JOIN pg_type AS b ON b.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
WHERE a.attrelid = 'pg_temp.denorm_resolved'::regclass AND a.attnum > 0
ORDER BY a.attnum;

-- statistics --
-- Where pg_stat_statements is installed, and whether it shows us the statements of other roles.
SELECT n.nspname AS schema, pg_has_role('pg_read_all_stats', 'USAGE') AS shows_all
FROM pg_extension AS e
JOIN pg_namespace AS n ON n.oid = e.extnamespace
WHERE e.extname = 'pg_stat_statements';

-- statements --
-- The statements of this database that took most time. Those of other roles show no text without pg_read_all_stats.
SELECT s.query AS text, sum(s.calls)::bigint AS calls, sum(s.total_exec_time) AS milliseconds
FROM {statistics} AS s
WHERE s.dbid = (SELECT b.oid FROM pg_database AS b WHERE b.datname = current_database())
    AND s.query ~* '^[\s(]*(select|with)\y' AND s.query !~* 'pg_catalog|information_schema|pg_stat|\ydenorm\y|\ydenorm_'
GROUP BY s.query
ORDER BY milliseconds DESC
LIMIT %(most)s;
