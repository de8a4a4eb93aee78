-- note --
INSERT INTO denorm.index_build (system, table_schema, index_name)
SELECT %(system)s, * FROM unnest(%(schemas)s::text[], %(indexes)s::text[])
ON CONFLICT DO NOTHING;

-- noted --
-- Whether a build of an index was begun and not ended.
SELECT system FROM denorm.index_build WHERE (table_schema, index_name) = (%(schema)s, %(index)s) LIMIT 1;

-- strike_out --
DELETE FROM denorm.index_build
WHERE system = %(system)s
    AND (table_schema, index_name) IN (SELECT * FROM unnest(%(schemas)s::text[], %(indexes)s::text[]));

-- strike_out_gone --
DELETE FROM denorm.index_build
WHERE system = %(system)s AND to_regclass(format('%%I.%%I', table_schema, index_name)) IS NULL;

-- begun --
-- Indexes that a build left without their COMMENT, and that are no part of another.
SELECT n.nspname AS schema, i.relname AS name, x.indisvalid AS valid, i.relkind = 'I' AS partitioned
FROM denorm.index_build AS b
JOIN pg_namespace AS n ON n.nspname = b.table_schema
JOIN pg_class AS i ON i.relnamespace = n.oid AND i.relname = b.index_name
JOIN pg_index AS x ON x.indexrelid = i.oid
WHERE b.system = %(system)s AND NOT i.relispartition AND obj_description(i.oid, 'pg_class') IS NULL
ORDER BY n.nspname, i.relname;
