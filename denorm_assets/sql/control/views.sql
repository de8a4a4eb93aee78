-- read --
-- What the relations of these names stand for: each view among them, what it reads, and so on. `of_view` is the view that
-- reads a relation, `reader` the role whose rights count there; NULL where it is the reader of the first view.
WITH RECURSIVE reading AS (
    SELECT c.oid AS start, c.oid AS relation, NULL::oid AS of_view, NULL::oid AS reader
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE (n.nspname, c.relname) IN (SELECT * FROM unnest(%(schemas)s::text[], %(tables)s::text[])) AND c.relkind = 'v'
    UNION
    SELECT r.start, m[1]::oid, v.oid, CASE WHEN EXISTS (
        SELECT FROM pg_options_to_table(v.reloptions) AS o
        WHERE o.option_name = 'security_invoker' AND o.option_value::boolean) THEN r.reader ELSE v.relowner END
    FROM reading AS r
    JOIN pg_class AS v ON v.oid = r.relation AND v.relkind = 'v'
    JOIN pg_rewrite AS w ON w.ev_class = v.oid AND w.rulename = '_RETURN'
    CROSS JOIN LATERAL regexp_matches(w.ev_action::text, ' :relid (\d+)', 'g') AS m
    WHERE m[1]::oid <> v.oid
)
SELECT sn.nspname AS of_schema, s.relname AS of_table, n.nspname AS schema, c.relname AS table, c.relkind::text AS kind,
    c.oid::bigint AS id, vn.nspname AS view_schema, v.relname AS view, pg_get_userbyid(r.reader) AS reader,
    CASE WHEN c.relkind = 'v' THEN pg_get_viewdef(c.oid, true) END AS text,
    CASE WHEN c.relkind = 'v' THEN (
        SELECT w.ev_action::text FROM pg_rewrite AS w WHERE w.ev_class = c.oid AND w.rulename = '_RETURN') END AS tree,
    -- That of denorm.altered_views, which may not be there yet.
    CASE WHEN c.relkind = 'v' THEN (
        SELECT md5(concat(
            regexp_replace(
                w.ev_action::text, ' :(location|stmt_location|stmt_len|list_start|list_end) -?\d+', '', 'g'), (
                SELECT string_agg(concat_ws(' ', a.attname, a.atttypid, a.atttypmod), ' ' ORDER BY a.attnum)
                FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0)))
        FROM pg_rewrite AS w WHERE w.ev_class = c.oid AND w.rulename = '_RETURN') END AS signature
FROM reading AS r
JOIN pg_class AS s ON s.oid = r.start
JOIN pg_namespace AS sn ON sn.oid = s.relnamespace
JOIN pg_class AS c ON c.oid = r.relation
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_class AS v ON v.oid = r.of_view
LEFT JOIN pg_namespace AS vn ON vn.oid = v.relnamespace
ORDER BY n.nspname, c.relname, vn.nspname, v.relname, r.reader;

-- note --
-- The views that a read model or cache reads. Where one of them selects something else than before, all rows are stale.
WITH noted AS (
    SELECT * FROM unnest(%(schemas)s::text[], %(names)s::text[], %(named)s::boolean[], %(signatures)s::text[])
        AS n (view_schema, view_name, named, signature)
), stale AS (
    INSERT INTO denorm.pending (model_id, everything, changed_at)
    SELECT %(model_id)s, true, clock_timestamp() WHERE EXISTS (
        SELECT FROM denorm.view_read AS v JOIN noted AS n USING (view_schema, view_name)
        WHERE v.model_id = %(model_id)s AND v.signature <> n.signature)
), gone AS (
    DELETE FROM denorm.view_read AS v WHERE v.model_id = %(model_id)s AND NOT EXISTS (
        SELECT FROM noted AS n WHERE (n.view_schema, n.view_name) = (v.view_schema, v.view_name))
)
INSERT INTO denorm.view_read (model_id, view_schema, view_name, named, signature)
SELECT %(model_id)s, n.* FROM noted AS n
ON CONFLICT (model_id, view_schema, view_name) DO UPDATE SET named = excluded.named, signature = excluded.signature
WHERE (view_read.named, view_read.signature) IS DISTINCT FROM (excluded.named, excluded.signature);

-- altered --
SELECT v.view_schema AS schema, v.view_name AS view, v.is_gone, m.registered_in <> r.identity AS restored
FROM denorm.read_model AS m
CROSS JOIN denorm.registry AS r
CROSS JOIN LATERAL denorm.altered_views(m.id) AS v
WHERE m.id = %(model_id)s
ORDER BY v.view_schema, v.view_name;

-- signatures --
-- What the views that a read model reads, at any depth, selected when that was noted.
SELECT v.signature FROM denorm.view_read AS v WHERE v.model_id = %(model_id)s ORDER BY v.signature COLLATE "C";

-- named --
-- The views that the definition of a read model or cache names.
SELECT v.view_schema AS schema, v.view_name AS view FROM denorm.view_read AS v
WHERE v.model_id = %(model_id)s AND v.named ORDER BY v.view_schema, v.view_name;

-- rights --
-- What this session's role may not do with tables: use their schemas, read them, or see all of their rows.
SELECT n.nspname AS schema, c.relname AS table, NOT has_schema_privilege(n.oid, 'USAGE') AS closed,
    NOT has_table_privilege(c.oid, 'SELECT') AS denied
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE (n.nspname, c.relname) IN (SELECT * FROM unnest(%(schemas)s::text[], %(tables)s::text[])) AND (
    NOT has_schema_privilege(n.oid, 'USAGE') OR NOT has_table_privilege(c.oid, 'SELECT') OR row_security_active(c.oid))
ORDER BY n.nspname, c.relname;
