-- Which table or view is a read model's. A name and a COMMENT can be another table's: an administrator renames, and
-- CREATE TABLE ... LIKE and a dump of one table copy the COMMENT.

ALTER TABLE denorm.read_model
    ADD COLUMN relation oid,
    ADD COLUMN beside oid,
    ADD COLUMN registered_in text;
COMMENT ON COLUMN denorm.read_model.relation IS 'OID of its table or view.';
COMMENT ON COLUMN denorm.read_model.beside IS 'OID of the relation that is being built to replace it, or was left over.';
COMMENT ON COLUMN denorm.read_model.registered_in IS
    'The registry in which both OIDs were written down: they mean nothing after a dump and restore.';

-- This copy of the registry: another one after a dump and restore, whether into another cluster or the same database.
CREATE VIEW denorm.registry AS
SELECT system_identifier || '/' || 'denorm.read_model'::regclass::oid AS identity FROM pg_control_system();

-- The tables and views of read models, and whether their COMMENT says so, too; without it nothing is changed or dropped.
-- Until the next `apply` after a restore, those that have the name and the COMMENT of a registered one.
CREATE VIEW denorm.owned_relation AS
SELECT m.id AS model_id, m.system, m.name, k.beside, c.oid AS relation, n.nspname AS table_schema,
    c.relname AS table_name, c.relkind::text AS kind, said.ours AS commented
FROM denorm.read_model AS m
CROSS JOIN denorm.registry AS r
CROSS JOIN LATERAL (VALUES (false, m.relation, m.name), (true, m.beside, 'denorm_next_' || m.id)) AS k (beside, oid, name)
JOIN pg_class AS c ON c.oid = CASE
    WHEN m.registered_in = r.identity THEN k.oid
    ELSE to_regclass(format('%I.%I', m.table_schema, k.name))::oid END
JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT starts_with(coalesce(obj_description(c.oid, 'pg_class'), ''),
        'denorm_assets read model ' || m.system || '/' || k.name || ',') AS ours
) AS said
WHERE m.kind = 'table' AND (said.ours OR m.registered_in = r.identity);

-- What earlier releases registered is known by name and COMMENT.
UPDATE denorm.read_model AS m SET
    relation = (SELECT o.relation FROM denorm.owned_relation AS o WHERE o.model_id = m.id AND NOT o.beside),
    beside = (SELECT o.relation FROM denorm.owned_relation AS o WHERE o.model_id = m.id AND o.beside),
    registered_in = (SELECT r.identity FROM denorm.registry AS r)
WHERE m.kind = 'table';
