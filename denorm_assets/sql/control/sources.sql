-- find --
SELECT id, logged_columns, compared_columns, fingerprint FROM denorm.source
WHERE table_schema = %(schema)s AND table_name = %(table)s;

-- register --
INSERT INTO denorm.source (table_schema, table_name, relation, logged_columns, compared_columns, fingerprint)
VALUES (%(schema)s, %(table)s, format('%%I.%%I', %(schema)s::text, %(table)s::text)::regclass,
    %(logged)s, %(compared)s, %(fingerprint)s)
ON CONFLICT (table_schema, table_name) DO UPDATE SET
    relation = excluded.relation,
    logged_columns = excluded.logged_columns,
    compared_columns = excluded.compared_columns,
    fingerprint = excluded.fingerprint
RETURNING id;

-- depend --
INSERT INTO denorm.dependency (model_id, source_id, expansion) VALUES (%(model_id)s, %(source_id)s, %(expansion)s)
ON CONFLICT (model_id, source_id) DO UPDATE SET expansion = excluded.expansion, broken = NULL;

-- depends_no_more --
DELETE FROM denorm.dependency WHERE model_id = %(model_id)s AND NOT source_id = ANY (%(source_ids)s);

-- triggers --
SELECT t.tgname AS name, t.tgenabled <> 'D' AS enabled FROM pg_trigger AS t
JOIN pg_class AS c ON c.oid = t.tgrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(table)s AND NOT t.tgisinternal AND t.tgname LIKE 'trg\_denorm\_%%';

-- changed_shapes --
SELECT s.table_schema || '.' || s.table_name AS source
FROM denorm.source AS s
JOIN denorm.dependency AS d ON d.source_id = s.id
WHERE d.model_id = %(model_id)s AND s.fingerprint IS DISTINCT FROM denorm.fingerprint(s.relation, s.compared_columns);

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
