-- foreign_keys --
-- Foreign keys between some tables: whether PostgreSQL keeps them in all rows, and whether they are on text columns that
-- uuid columns stand in place of.
SELECT n.nspname AS schema, c.relname AS table, f.conname AS name, tn.nspname AS to_schema, t.relname AS to_table,
    f.convalidated AS validated,
    NOT EXISTS (SELECT FROM pg_trigger AS g WHERE g.tgconstraint = f.oid AND g.tgenabled NOT IN ('O', 'A')) AS enabled,
    ARRAY(
        SELECT a.attname::text FROM unnest(f.conkey) WITH ORDINALITY AS part (number, place)
        JOIN pg_attribute AS a ON a.attrelid = f.conrelid AND a.attnum = part.number ORDER BY part.place
    ) AS columns,
    ARRAY(
        SELECT a.attname::text FROM unnest(f.confkey) WITH ORDINALITY AS part (number, place)
        JOIN pg_attribute AS a ON a.attrelid = f.confrelid AND a.attnum = part.number ORDER BY part.place
    ) AS to_columns,
    EXISTS (
        SELECT FROM pg_attribute AS a
        JOIN pg_attribute AS twin ON twin.attrelid = a.attrelid AND twin.attnum > 0 AND NOT twin.attisdropped
        WHERE a.attrelid = f.conrelid AND a.attnum = ANY (f.conkey)
            AND col_description(twin.attrelid, twin.attnum) = 'denorm_assets in place of ' || a.attname
    ) AS replaced
FROM pg_constraint AS f
JOIN pg_class AS c ON c.oid = f.conrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_class AS t ON t.oid = f.confrelid
JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
WHERE f.contype = 'f' AND f.conparentid = 0
    AND (n.nspname, c.relname) IN (SELECT * FROM unnest(%(schemas)s::text[], %(tables)s::text[]))
    AND (tn.nspname, t.relname) IN (SELECT * FROM unnest(%(schemas)s::text[], %(tables)s::text[]))
ORDER BY n.nspname, c.relname, f.conname;

-- moved --
-- Foreign keys of some tables that were dropped from text columns, with the uuid columns on which they should be now.
SELECT m.table_schema AS schema, m.table_name AS table, m.name, m.to_schema, m.to_table,
    ARRAY(
        SELECT coalesce(a.attname::text, old.name) FROM unnest(m.columns) WITH ORDINALITY AS old (name, place)
        LEFT JOIN pg_attribute AS a ON a.attrelid = of.relation AND a.attnum > 0 AND NOT a.attisdropped
            AND col_description(a.attrelid, a.attnum) = 'denorm_assets in place of ' || old.name
        ORDER BY old.place
    ) AS columns,
    ARRAY(
        SELECT coalesce(a.attname::text, old.name) FROM unnest(m.to_columns) WITH ORDINALITY AS old (name, place)
        LEFT JOIN pg_attribute AS a ON a.attrelid = of.target AND a.attnum > 0 AND NOT a.attisdropped
            AND col_description(a.attrelid, a.attnum) = 'denorm_assets in place of ' || old.name
        ORDER BY old.place
    ) AS to_columns
FROM denorm.moved_reference AS m
CROSS JOIN LATERAL (
    SELECT to_regclass(format('%%I.%%I', m.table_schema, m.table_name)) AS relation,
        to_regclass(format('%%I.%%I', m.to_schema, m.to_table)) AS target
) AS of
WHERE (m.table_schema, m.table_name) IN (SELECT * FROM unnest(%(schemas)s::text[], %(tables)s::text[]))
ORDER BY m.table_schema, m.table_name, m.name;
