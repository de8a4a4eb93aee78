-- ids --
-- A read model, or all of a system where no name is given.
SELECT id FROM denorm.read_model
WHERE kind = 'table' AND system = %(system)s AND %(name)s IN ('', name)
ORDER BY name;

-- names --
SELECT system || '/' || name AS full_name FROM denorm.read_model WHERE kind = 'table' ORDER BY 1;

-- reader_ids --
-- The read models and caches that read the tables of these, directly or through views.
SELECT DISTINCT r.model_id AS id FROM denorm.reading AS r
WHERE r.read_id = ANY (%(ids)s::bigint[]) AND r.model_id <> ALL (%(ids)s::bigint[])
ORDER BY 1;

-- naming --
-- Of these, the ones that read a table of `moved` ones, and whether they name only `plain` ones and no view: views read
-- tables by number, whatever they are called.
SELECT r.model_id AS id, array_agg(r.read_id) AS read_ids, bool_and(r.read_id = ANY (%(plain)s::bigint[])) AND NOT EXISTS (
    SELECT FROM denorm.view_read AS v WHERE v.model_id = r.model_id) AS plainly
FROM denorm.reading AS r
WHERE r.model_id = ANY (%(ids)s::bigint[]) AND r.read_id = ANY (%(moved)s::bigint[])
GROUP BY r.model_id;

-- held --
-- What is registered of them. `loaded_by`: who loads one of its ranges at this moment.
SELECT m.id AS model_id, m.system, m.name, m.table_schema AS schema, m.kind = 'cache' AS of_cache, o.kind, m.state,
    m.code_version, m.range_set, m.definition,
    m.kind = 'cache' OR (o.table_schema, o.table_name) IS NOT DISTINCT FROM (m.table_schema::name, m.name::name)
        AND o.commented AS in_place,
    EXISTS (SELECT FROM denorm.owned_relation AS b WHERE b.model_id = m.id AND b.beside) AS left_over,
    (SELECT min(p.lease_holder) FROM denorm.range_progress AS p
        WHERE p.model_id = m.id AND p.lease_expires_at > clock_timestamp()) AS loaded_by
FROM denorm.read_model AS m
LEFT JOIN denorm.owned_relation AS o ON o.model_id = m.id AND NOT o.beside
WHERE m.id = ANY (%(ids)s::bigint[])
ORDER BY m.id;

-- hold_dispatch --
-- Until the transaction ends, nobody moves the change log on: what that executes names tables.
INSERT INTO denorm.lock AS l (name) VALUES ('dispatch') ON CONFLICT (name) DO UPDATE SET name = excluded.name;

-- move --
UPDATE denorm.read_model SET system = %(system)s, name = %(name)s, table_schema = %(schema)s WHERE id = %(model_id)s;

-- move_sources --
-- The tables whose changes are captured, as far as they are among these.
UPDATE denorm.source AS s SET table_schema = n.to_schema, table_name = n.to_name
FROM unnest(%(schemas)s::text[], %(names)s::text[], %(to_schemas)s::text[], %(to_names)s::text[])
    AS n (schema, name, to_schema, to_name)
WHERE (s.table_schema, s.table_name) = (n.schema, n.name);

-- adopt --
-- What was loaded and compared of the version of before is of the new one. What Redis holds of a cache is void: it may have
-- been loaded when the declaration was the same once before.
WITH held AS (
    SELECT code_version FROM denorm.read_model WHERE id = %(model_id)s
), progress AS (
    UPDATE denorm.range_progress AS p SET
        cursor_version = CASE WHEN p.cursor_version = h.code_version THEN %(code_version)s ELSE p.cursor_version END,
        done_version = CASE WHEN p.done_version = h.code_version THEN %(code_version)s ELSE p.done_version END
    FROM held AS h
    WHERE p.model_id = %(model_id)s AND h.code_version IN (p.cursor_version, p.done_version)
), checked AS (
    UPDATE denorm.checked AS c SET code_version = %(code_version)s FROM held AS h
    WHERE c.model_id = %(model_id)s AND c.code_version = h.code_version
)
UPDATE denorm.read_model AS m SET
    code_version = %(code_version)s, definition = %(definition)s,
    whole_version = CASE WHEN m.whole_version = m.code_version THEN %(code_version)s ELSE m.whole_version END,
    partials_of = CASE WHEN m.partials_of = m.code_version THEN %(code_version)s END,
    generation = CASE m.kind WHEN 'cache'
        THEN greatest(m.generation + 1, (extract(epoch FROM clock_timestamp()) * 1000)::bigint) ELSE m.generation END
WHERE m.id = %(model_id)s;

-- set_blocks --
UPDATE denorm.read_model SET blocks = %(blocks)s::text[] WHERE id = %(model_id)s;

-- copy_ranges --
-- The ranges of one set as those of another one that nobody has yet. `sources` begin their keys, `to_sources` from now on.
INSERT INTO denorm.id_range (range_set, key, source, position, lo, hi, created_at)
SELECT %(to_set)s, n.to_source || substr(r.key, length(n.source) + 1), n.to_source, r.position, r.lo, r.hi, r.created_at
FROM denorm.id_range AS r
JOIN unnest(%(sources)s::text[], %(to_sources)s::text[]) AS n (source, to_source) USING (source)
WHERE r.range_set = %(range_set)s AND NOT EXISTS (SELECT FROM denorm.id_range AS o WHERE o.range_set = %(to_set)s);

-- same_ranges --
SELECT ARRAY(
        SELECT n.to_source || substr(r.key, length(n.source) + 1) FROM denorm.id_range AS r
        JOIN unnest(%(sources)s::text[], %(to_sources)s::text[]) AS n (source, to_source) USING (source)
        WHERE r.range_set = %(range_set)s ORDER BY 1
    ) = ARRAY(SELECT r.key FROM denorm.id_range AS r WHERE r.range_set = %(to_set)s ORDER BY 1) AS same;

-- carry_progress --
UPDATE denorm.range_progress AS p SET key = n.to_source || substr(p.key, length(n.source) + 1)
FROM unnest(%(sources)s::text[], %(to_sources)s::text[]) AS n (source, to_source)
WHERE p.model_id = %(model_id)s AND n.source <> n.to_source AND starts_with(p.key, n.source || ':');

-- cover_ranges --
-- All rows were loaded and compared, by other ranges.
WITH gone AS (DELETE FROM denorm.range_progress WHERE model_id = %(model_id)s AND key NOT IN (
    SELECT key FROM denorm.id_range WHERE range_set = %(to_set)s))
INSERT INTO denorm.range_progress AS p (model_id, key, done_at, done_version)
SELECT %(model_id)s, r.key, clock_timestamp(), %(code_version)s FROM denorm.id_range AS r WHERE r.range_set = %(to_set)s
ON CONFLICT (model_id, key) DO UPDATE SET row_count = NULL, checksum = NULL, done_at = excluded.done_at,
    done_version = excluded.done_version, cursor_id = NULL, cursor_version = NULL;

-- take_range_set --
-- Ranges that nothing has any more go.
WITH gone AS (
    DELETE FROM denorm.id_range AS r WHERE r.range_set = %(range_set)s AND NOT EXISTS (
        SELECT FROM denorm.read_model AS o WHERE o.range_set = %(range_set)s AND o.id <> %(model_id)s)
)
UPDATE denorm.read_model SET range_set = %(to_set)s WHERE id = %(model_id)s;

-- column_constraints --
-- The NOT NULL constraints of a table that it does not inherit, which have names since PostgreSQL 18.
SELECT k.conname AS name
FROM pg_constraint AS k
JOIN pg_class AS c ON c.oid = k.conrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(table)s AND k.contype = 'n' AND k.coninhcount = 0
ORDER BY k.conname;
