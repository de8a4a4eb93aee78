-- declare --
-- The caller knows that the table or view of that name is the read model's.
INSERT INTO denorm.read_model
    (system, name, table_schema, range_set, code_version, columns, definition, anchor, blocks, auto_reason, clock,
    relation, registered_in)
VALUES (%(system)s, %(name)s, %(table_schema)s, %(range_set)s, %(code_version)s, %(columns)s, %(definition)s, %(anchor)s,
    %(blocks)s, %(auto_reason)s, CASE WHEN %(timed)s THEN now() END,
    to_regclass(format('%%I.%%I', %(table_schema)s::text, %(name)s::text)), (SELECT r.identity FROM denorm.registry AS r))
ON CONFLICT (system, name) DO UPDATE SET
    table_schema = excluded.table_schema,
    range_set = excluded.range_set,
    code_version = excluded.code_version,
    columns = excluded.columns,
    definition = excluded.definition,
    anchor = excluded.anchor,
    blocks = excluded.blocks,
    partials_of = CASE WHEN read_model.code_version = excluded.code_version THEN read_model.partials_of END,
    auto_reason = excluded.auto_reason,
    clock = coalesce(read_model.clock, excluded.clock),
    relation = excluded.relation,
    beside = CASE WHEN read_model.registered_in = excluded.registered_in
        THEN nullif(read_model.beside, excluded.relation) END,
    registered_in = excluded.registered_in,
    state = CASE WHEN read_model.code_version = excluded.code_version THEN read_model.state ELSE 'loading' END
WHERE (read_model.table_schema, read_model.range_set, read_model.code_version, read_model.columns, read_model.definition,
        read_model.auto_reason, read_model.relation, read_model.registered_in)
    IS DISTINCT FROM (excluded.table_schema, excluded.range_set, excluded.code_version, excluded.columns,
        excluded.definition, excluded.auto_reason, excluded.relation, excluded.registered_in);

-- definition --
-- As it was resolved when one of these code versions was registered.
-- The anchor and the reason stand there from the next `apply` on, and the anchor as an array from the one after 032 on.
SELECT m.definition, m.code_version, CASE jsonb_typeof(to_jsonb(m) -> 'anchor')
        WHEN 'string' THEN jsonb_build_array(to_jsonb(m) -> 'anchor')
        WHEN 'array' THEN to_jsonb(m) -> 'anchor' END AS anchor, to_jsonb(m) -> 'blocks' AS blocks,
    to_jsonb(m) ->> 'auto_reason' AS auto_reason
FROM denorm.read_model AS m
WHERE system = %(system)s AND name = %(name)s AND code_version = ANY (%(code_versions)s);

-- auto_reason --
-- The column is there from the next `apply` on.
SELECT to_jsonb(m) ->> 'auto_reason' AS why FROM denorm.read_model AS m WHERE m.id = %(model_id)s;

-- forget_version --
-- What is held is of a version that nobody declares.
UPDATE denorm.read_model SET code_version = '' WHERE id = %(model_id)s;

-- of_system --
SELECT m.name, m.id AS model_id, m.state, m.code_version, m.range_set, m.paused_at, m.live_at,
    m.whole_version, m.whole_rows, m.whole_at, m.columns, m.relation,
    ARRAY[o.table_schema, o.table_name]::text[] AS held_as, coalesce(o.commented, false) AS commented
FROM denorm.read_model AS m
LEFT JOIN denorm.owned_relation AS o ON o.model_id = m.id AND NOT o.beside
WHERE m.system = %(system)s AND m.kind = 'table';

-- of_system_before_016 --
-- The same while the control schema waits for the next `apply`: releases before 016 wrote no OIDs down.
SELECT m.name, m.id AS model_id, m.state, m.code_version, m.range_set, m.paused_at, m.live_at,
    m.whole_version, m.whole_rows, m.whole_at, m.columns, o.oid AS relation,
    ARRAY[o.nspname, o.relname]::text[] AS held_as, o.relname IS NOT NULL AS commented
FROM denorm.read_model AS m
LEFT JOIN (
    SELECT c.oid, n.nspname, c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
) AS o ON (o.nspname, o.relname) = (m.table_schema, m.name) AND starts_with(
        obj_description(o.oid, 'pg_class'), 'denorm_assets read model ' || m.system || '/' || m.name || ',')
WHERE m.system = %(system)s AND m.kind = 'table';

-- build_beside --
UPDATE denorm.read_model SET beside = to_regclass(format('%%I.%%I', %(schema)s::text, %(table)s::text))
WHERE id = %(model_id)s;

-- of_others --
-- Another system's read model whose table it is.
SELECT system || '/' || name AS full_name FROM denorm.read_model
WHERE table_schema = %(schema)s AND name = %(name)s AND system <> %(system)s AND kind = 'table' LIMIT 1;

-- not_loaded --
-- The read models that a read model or cache reads and that were not loaded yet, or not since their table is another one.
SELECT m.system || '/' || m.name AS full_name FROM denorm.reading AS r JOIN denorm.read_model AS m ON m.id = r.read_id
WHERE r.model_id = %(model_id)s AND m.state NOT IN ('live', 'needs_rebuild')
ORDER BY 1;

-- readings --
-- Which read model reads which, as they are registered.
SELECT r.system || '/' || r.name AS reader, m.system || '/' || m.name AS read
FROM denorm.reading AS x
JOIN denorm.read_model AS r ON r.id = x.model_id
JOIN denorm.read_model AS m ON m.id = x.read_id
WHERE r.kind = 'table'
ORDER BY 1, 2;

-- readers_elsewhere --
-- The read models and caches of other systems that read one, with their definitions as they were resolved.
SELECT r.system, r.system || '/' || r.name AS full_name, r.definition
FROM denorm.reading AS x
JOIN denorm.read_model AS r ON r.id = x.model_id
JOIN denorm.read_model AS m ON m.id = x.read_id
WHERE m.system = %(system)s AND m.name = %(name)s AND r.system <> m.system AND r.definition IS NOT NULL
ORDER BY 2;

-- among --
-- The read models whose tables, or partitions of them, are among these, and whether they can be read: a materialized
-- view that was never refreshed cannot.
SELECT m.system || '/' || m.name AS full_name, m.table_schema AS schema, m.name AS table,
    m.state IN ('live', 'needs_rebuild') AS loaded, c.relispopulated AS filled
FROM denorm.read_model AS m
JOIN pg_class AS c ON c.oid = to_regclass(format('%%I.%%I', m.table_schema, m.name))
WHERE m.kind = 'table' AND c.oid IN (
    SELECT coalesce(pg_partition_root(t.relation), t.relation)
    FROM unnest(%(schemas)s::text[], %(tables)s::text[]) AS n (schema, name)
    CROSS JOIN LATERAL (SELECT to_regclass(format('%%I.%%I', n.schema, n.name))::oid AS relation) AS t)
ORDER BY 1;

-- set_state --
UPDATE denorm.read_model SET state = %(state)s WHERE id = %(model_id)s AND state IS DISTINCT FROM %(state)s;

-- broken --
-- The read models whose sources changed so that nothing is refreshed.
SELECT system, name FROM denorm.read_model WHERE kind <> 'cache' AND state = 'needs_rebuild';

-- hold --
-- Until the transaction ends, nobody changes its version, its state, or which sources it depends on.
SELECT code_version, state IN ('live', 'needs_rebuild') AS served FROM denorm.read_model
WHERE id = %(model_id)s FOR NO KEY UPDATE;

-- go_live --
WITH current AS (
    SELECT id FROM denorm.read_model WHERE id = %(model_id)s AND code_version = %(code_version)s
), changed AS (
    UPDATE denorm.read_model SET state = 'live', live_at = coalesce(live_at, now())
    WHERE id IN (SELECT id FROM current) AND state <> 'live'
)
SELECT EXISTS (SELECT FROM current) AS is_current;

-- forget_loaded --
-- Everything has to be loaded again. Whoever loads a range at this moment loses its lease.
WITH forgotten AS (
    UPDATE denorm.range_progress
    SET lease_token = lease_token + 1, lease_holder = NULL, lease_expires_at = NULL,
        cursor_id = NULL, cursor_version = NULL, done_version = NULL
    WHERE model_id = ANY (%(model_ids)s)
)
UPDATE denorm.read_model SET state = 'declared', whole_version = NULL
WHERE id = ANY (%(model_ids)s) AND (state <> 'declared' OR whole_version IS NOT NULL);

-- begin_loading --
UPDATE denorm.read_model SET state = 'loading' WHERE id = %(model_id)s AND state = 'declared';

-- record_whole --
UPDATE denorm.read_model SET whole_version = %(code_version)s, whole_rows = %(row_count)s,
    whole_checksum = %(checksum)s, whole_at = clock_timestamp(),
    state = CASE WHEN state = 'declared' THEN 'loading' ELSE state END
WHERE id = %(model_id)s;

-- whole --
SELECT whole_rows, whole_checksum, whole_at FROM denorm.read_model WHERE id = %(model_id)s;

-- pause --
UPDATE denorm.read_model SET paused_at = coalesce(paused_at, now()) WHERE id = %(model_id)s;

-- resume --
UPDATE denorm.read_model SET paused_at = NULL WHERE id = %(model_id)s;

-- cancel --
UPDATE denorm.read_model SET cancelled_at = clock_timestamp(), paused_at = NULL WHERE id = %(model_id)s;

-- now --
SELECT clock_timestamp() AS now;

-- wishes --
SELECT paused_at IS NOT NULL AS paused, coalesce(cancelled_at > %(began)s, false) AS cancelled
FROM denorm.read_model WHERE id = %(model_id)s;
