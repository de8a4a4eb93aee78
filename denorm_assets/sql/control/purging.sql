-- before --
SELECT now() - make_interval(days => %(days)s) AS before;

-- referring --
-- Foreign keys that refer to a table and would keep a row from being deleted, or would be deleted with it. Rows of read
-- models follow from those of the application, and keep none.
SELECT n.nspname AS schema, c.relname AS table,
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
WHERE f.contype = 'f' AND f.conparentid = 0 AND f.confdeltype NOT IN ('n', 'd')
    AND tn.nspname = %(schema)s AND t.relname = %(table)s
    AND coalesce(obj_description(c.oid, 'pg_class'), '') NOT LIKE 'denorm\_assets read model %%'
ORDER BY n.nspname, c.relname, f.conname;
