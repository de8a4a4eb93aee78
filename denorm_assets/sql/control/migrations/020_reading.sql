-- Read models that read other ones.

-- Which read model or cache reads which read model: its table, or a partition of that.
CREATE VIEW denorm.reading AS
SELECT DISTINCT d.model_id, m.id AS read_id
FROM denorm.dependency AS d
JOIN denorm.source AS s ON s.id = d.source_id
JOIN denorm.read_model AS m ON m.kind = 'table' AND m.table_schema = s.table_schema AND (
    m.name = s.table_name
    OR EXISTS (
        SELECT FROM pg_inherits AS i
        WHERE i.inhparent = m.relation AND i.inhrelid = s.relation));

-- PostgreSQL does not drop a table that a materialized view reads. So the replaced version of a read model stays under
-- another name until the materialized views that read it are replaced too.
CREATE TABLE denorm.set_aside (
    model_id bigint NOT NULL REFERENCES denorm.read_model ON DELETE CASCADE,
    name text NOT NULL,
    PRIMARY KEY (model_id, name)
);
COMMENT ON COLUMN denorm.set_aside.name IS 'What it is called, in the schema of its read model.';

CREATE OR REPLACE VIEW denorm.owned_relation AS
SELECT m.id AS model_id, m.system, m.name, k.beside, c.oid AS relation, n.nspname AS table_schema,
    c.relname AS table_name, c.relkind::text AS kind, said.ours AS commented
FROM denorm.read_model AS m
CROSS JOIN denorm.registry AS r
CROSS JOIN LATERAL (
    VALUES (false, m.relation, m.name), (true, m.beside, 'denorm_next_' || m.id)
    UNION ALL
    SELECT true, to_regclass(format('%I.%I', m.table_schema, a.name))::oid, a.name
    FROM denorm.set_aside AS a WHERE a.model_id = m.id
) AS k (beside, oid, name)
JOIN pg_class AS c ON c.oid = CASE
    WHEN m.registered_in = r.identity THEN k.oid
    ELSE to_regclass(format('%I.%I', m.table_schema, k.name))::oid END
JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT starts_with(coalesce(obj_description(c.oid, 'pg_class'), ''),
        'denorm_assets read model ' || m.system || '/' || k.name || ',') AS ours
) AS said
WHERE m.kind = 'table' AND (said.ours OR m.registered_in = r.identity);
