-- doubt_redefined --
SELECT denorm.doubt_redefined() AS stale;

-- called_functions --
-- Functions that a definition calls and that somebody may replace, found in the view's parsed query: those behind its
-- operators, its order and its grouping too. Of PostgreSQL's own, those whose value text search configurations or the labels
-- of an enum decide.
WITH called AS (
    SELECT r.ev_action::text AS tree FROM pg_rewrite AS r WHERE r.ev_class = 'pg_temp.denorm_resolved'::regclass
)
SELECT DISTINCT format('%%I.%%I', n.nspname, p.proname) AS name
FROM (
    SELECT m[1]::oid AS id
    FROM called, regexp_matches(tree, ':(?:funcid|opfuncid|aggfnoid|winfnoid) (\d+)', 'g') AS m
    UNION
    SELECT o.oprcode::oid FROM called, regexp_matches(tree, ':(?:opno|eqop|sortop|opnos \(o) ([\d ]+)', 'g') AS m,
        unnest(string_to_array(rtrim(m[1]), ' ')) AS each
    JOIN pg_operator AS o ON o.oid = each::oid
) AS f
JOIN pg_proc AS p ON p.oid = f.id
JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname <> 'pg_catalog' OR p.proname IN ('enum_first', 'enum_last', 'enum_range')
    OR p.proargtypes::oid[] && '{regconfig, regdictionary}'::regtype[]::oid[]
ORDER BY 1;

-- note_calls --
-- What the definition of a read model calls, and what the catalog says of it now. Rows that were computed before somebody
-- replaced a function are stale.
WITH was AS (
    SELECT id, signature FROM denorm.read_model WHERE id = %(model_id)s FOR NO KEY UPDATE
), now AS (
    SELECT denorm.function_signature(%(calls)s::text[]) AS signature
), stale AS (
    INSERT INTO denorm.pending (model_id, everything, changed_at)
    SELECT was.id, true, clock_timestamp() FROM was, now WHERE NOT denorm.keeps_values(was.signature, now.signature)
)
UPDATE denorm.read_model AS m SET calls = %(calls)s, signature = now.signature
FROM was, now WHERE m.id = was.id AND (m.calls, m.signature) IS DISTINCT FROM (%(calls)s::text[], now.signature);

-- view_text --
-- What a materialized view selects: it goes on showing the columns that it was made on, whatever their names are now.
SELECT pg_get_viewdef(c.oid) AS text
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(table)s AND c.relkind = 'm';
