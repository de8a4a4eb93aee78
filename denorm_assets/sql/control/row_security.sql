-- guarded --
-- The tables with row-level security among some sources and all that inherit from these, and from which of their readers
-- it hides rows: this session's role (or another one), the owner of a materialized view, and that of the function that
-- recomputes in the writing transaction. A query that names a table is not subject to policies of what inherits from it.
WITH RECURSIVE tree AS (
    SELECT c.oid AS relation, c.oid AS root
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE (n.nspname, c.relname) IN (SELECT * FROM unnest(%(schemas)s::text[], %(tables)s::text[]))
    UNION
    SELECT i.inhrelid, t.root FROM pg_inherits AS i JOIN tree AS t ON t.relation = i.inhparent
), reader AS (
    SELECT r.oid, r.rolname FROM pg_roles AS r
    WHERE NOT r.rolsuper AND NOT r.rolbypassrls AND (
        r.rolname = coalesce(%(reader)s::text, current_user)
        OR r.oid IN (
            SELECT v.relowner FROM pg_class AS v
            JOIN pg_namespace AS n ON n.oid = v.relnamespace
            WHERE n.nspname = %(model_schema)s AND v.relname = %(model)s AND v.relkind = 'm')
        OR %(realtime)s AND r.oid IN (
            SELECT p.proowner FROM pg_proc AS p
            JOIN pg_namespace AS n ON n.oid = p.pronamespace
            WHERE n.nspname = 'denorm' AND p.proname = 'recompute_now'))
)
SELECT rn.nspname AS of_schema, rc.relname AS of_table, n.nspname AS schema, c.relname AS table,
    o.rolname AS owner, o.rolsuper AS owned_by_superuser, c.relforcerowsecurity AS forced,
    CASE WHEN t.relation = t.root THEN
        ARRAY(
            SELECT r.rolname::text FROM reader AS r
            WHERE c.relforcerowsecurity OR NOT pg_has_role(r.oid, c.relowner, 'USAGE')
            ORDER BY r.rolname)
        ELSE '{}' END AS hidden_from
FROM tree AS t
JOIN pg_class AS c ON c.oid = t.relation AND c.relrowsecurity
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_roles AS o ON o.oid = c.relowner
JOIN pg_class AS rc ON rc.oid = t.root
JOIN pg_namespace AS rn ON rn.oid = rc.relnamespace
ORDER BY 1, 2, 3, 4;

-- sources --
-- What a read model, or a cache, reads as the control schema knows it, and what `apply` last found there.
SELECT m.table_schema AS model_schema, m.name AS model, m.recompute IS NOT NULL AS realtime,
    s.id AS source_id, s.table_schema AS schema, s.table_name AS table, d.guarded, d.named
FROM denorm.read_model AS m
JOIN denorm.dependency AS d ON d.model_id = m.id
JOIN denorm.source AS s ON s.id = d.source_id
WHERE m.id = %(model_id)s
ORDER BY s.table_schema, s.table_name;

-- note --
UPDATE denorm.dependency SET guarded = source_id = ANY (%(guarded)s)
WHERE model_id = %(model_id)s AND guarded IS DISTINCT FROM (source_id = ANY (%(guarded)s));
