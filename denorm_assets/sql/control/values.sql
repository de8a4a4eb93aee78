-- doubt_redefined --
SELECT denorm.doubt_redefined() AS stale;

-- used_objects --
-- What a definition uses beside its sources and what somebody may replace or alter, found in the view's parsed query:
-- functions, those behind its order and its grouping too; operators; types; collations. Of PostgreSQL's own, functions whose
-- value text search configurations or the labels of an enum decide. A source's whole row is no type of its own.
WITH used AS (
    SELECT r.ev_action::text AS tree FROM pg_rewrite AS r
    WHERE r.ev_class = ANY ('pg_temp.denorm_resolved'::regclass::oid || %(views)s::bigint[]::oid[])
), operator AS (
    SELECT DISTINCT each::oid AS id FROM used, regexp_matches(tree, ':(?:opno|eqop|sortop|opnos \(o) ([\d ]+)', 'g') AS m,
        unnest(string_to_array(rtrim(m[1]), ' ')) AS each
), type AS (
    SELECT m[1]::oid AS id, true AS whole
    FROM used, regexp_matches(regexp_replace(tree, '\{VAR [^}]*\}', '', 'g'), ' :\w*type\w* (\d+)', 'g') AS m
    UNION
    SELECT m[1]::oid, false FROM used, regexp_matches(tree, '\{VAR [^}]*:vartype (\d+)', 'g') AS m
)
SELECT DISTINCT format('%%I.%%I', n.nspname, p.proname) AS name
FROM (
    SELECT m[1]::oid AS id
    FROM used, regexp_matches(tree, ':(?:funcid|opfuncid|aggfnoid|winfnoid) (\d+)', 'g') AS m
    UNION
    SELECT o.oprcode::oid FROM operator JOIN pg_operator AS o ON o.oid = operator.id
) AS f
JOIN pg_proc AS p ON p.oid = f.id
JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname <> 'pg_catalog' OR p.proname IN ('enum_first', 'enum_last', 'enum_range')
    OR p.proargtypes::oid[] && '{regconfig, regdictionary}'::regtype[]::oid[]
UNION
SELECT format('operator %%I.%%s', n.nspname, o.oprname)
FROM operator JOIN pg_operator AS o ON o.oid = operator.id JOIN pg_namespace AS n ON n.oid = o.oprnamespace
WHERE o.oid >= 16384
UNION
SELECT format('type %%I.%%I', n.nspname, t.typname)
FROM type JOIN pg_type AS t ON t.oid = type.id JOIN pg_namespace AS n ON n.oid = t.typnamespace
LEFT JOIN pg_class AS c ON c.oid = t.typrelid
WHERE t.oid >= 16384 AND (type.whole OR coalesce(c.relkind, 'c') = 'c')
UNION
SELECT format('collation %%I.%%I', n.nspname, c.collname)
FROM used, regexp_matches(tree, ' :\w*collid (\d+)', 'g') AS m
JOIN pg_collation AS c ON c.oid = m[1]::oid JOIN pg_namespace AS n ON n.oid = c.collnamespace
WHERE c.oid >= 16384
ORDER BY 1;

-- gone_calls --
-- Functions that the definition of a read model called when it was applied, by names that nothing has now.
SELECT called.name FROM denorm.read_model AS m CROSS JOIN LATERAL unnest(m.calls) AS called (name)
WHERE m.id = %(model_id)s AND called.name !~ '^(operator|type|collation) ' AND NOT EXISTS (
    SELECT FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
    WHERE format('%%I.%%I', n.nspname, p.proname) = called.name)
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
-- What a materialized view selects: it goes on showing the columns that it was made on, whatever their names are now, and
-- calling what it was made with. PostgreSQL 15 names the view itself among what the query reads.
SELECT pg_get_viewdef(c.oid) AS text,
    replace(r.ev_action::text, format(' :relid %%s :relkind m', c.oid), '') AS tree, ARRAY(
        SELECT a.attname::text FROM pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 ORDER BY a.attnum) AS columns
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_rewrite AS r ON r.ev_class = c.oid
WHERE n.nspname = %(schema)s AND c.relname = %(table)s AND c.relkind = 'm';

-- calls --
SELECT calls, table_schema AS schema FROM denorm.read_model WHERE id = %(model_id)s;

-- functions_without_path --
-- Of functions and aggregates called so, those that look names up in the search path of their caller, with the statement that
-- gives them one of their own. What PostgreSQL has parsed already needs none.
WITH named AS (
    SELECT p.oid AS id FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
    WHERE format('%%I.%%I', n.nspname, p.proname) = ANY (%(names)s::text[])
), functions AS (
    SELECT id FROM named
    UNION
    SELECT step::oid FROM named JOIN pg_aggregate AS a ON a.aggfnoid = id,
        unnest(ARRAY[a.aggtransfn, a.aggfinalfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]) AS step
)
SELECT p.oid::bigint AS id, p.proname AS plain, p.oid::regprocedure::text AS name, l.lanname = 'sql' AS readable,
    format('ALTER FUNCTION %%s SET search_path = %%s', p.oid::regprocedure, (
        SELECT string_agg(quote_ident(s.name), ', ' ORDER BY s.place) FROM (
            SELECT u.name, min(u.place) AS place
            FROM unnest(ARRAY[%(schema)s::text, n.nspname::text, 'public', 'pg_temp']) WITH ORDINALITY AS u (name, place)
            GROUP BY u.name
        ) AS s
    )) AS remedy
FROM functions AS f
JOIN pg_proc AS p ON p.oid = f.id
JOIN pg_namespace AS n ON n.oid = p.pronamespace
JOIN pg_language AS l ON l.oid = p.prolang
WHERE p.oid >= 16384 AND p.prokind <> 'a' AND l.lanname NOT IN ('c', 'internal') AND p.prosqlbody IS NULL
    AND NOT EXISTS (SELECT FROM unnest(p.proconfig) AS setting WHERE starts_with(setting, 'search_path='))
ORDER BY 2, 3;

-- validate_function --
-- PostgreSQL reads a function in SQL under the present search path, as it does when the function is called.
SELECT fmgr_sql_validator(%(id)s::bigint::oid);
