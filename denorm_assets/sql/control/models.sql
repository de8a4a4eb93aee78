-- declare --
INSERT INTO denorm.read_model (system, name, table_schema, range_set, code_version, columns, definition)
VALUES (%(system)s, %(name)s, %(table_schema)s, %(range_set)s, %(code_version)s, %(columns)s, %(definition)s)
ON CONFLICT (system, name) DO UPDATE SET
    table_schema = excluded.table_schema,
    range_set = excluded.range_set,
    code_version = excluded.code_version,
    columns = excluded.columns,
    definition = excluded.definition,
    state = CASE WHEN read_model.code_version = excluded.code_version THEN read_model.state ELSE 'loading' END
WHERE (read_model.table_schema, read_model.range_set, read_model.code_version, read_model.columns, read_model.definition)
    IS DISTINCT FROM (
        excluded.table_schema, excluded.range_set, excluded.code_version, excluded.columns, excluded.definition);

-- definition --
-- As it was resolved when this code version was registered.
SELECT definition FROM denorm.read_model
WHERE system = %(system)s AND name = %(name)s AND code_version = %(code_version)s;

-- of_system --
SELECT name, id AS model_id, state, code_version, range_set, paused_at, live_at,
    whole_version, whole_rows, whole_at, columns
FROM denorm.read_model
WHERE system = %(system)s AND kind = 'table';

-- of_others --
-- Another system's read model whose table it is.
SELECT system || '/' || name AS full_name FROM denorm.read_model
WHERE table_schema = %(schema)s AND name = %(name)s AND system <> %(system)s AND kind = 'table' LIMIT 1;

-- set_state --
UPDATE denorm.read_model
SET state = %(state)s, live_at = CASE WHEN %(state)s = 'live' THEN coalesce(live_at, now()) ELSE live_at END
WHERE id = %(model_id)s AND state IS DISTINCT FROM %(state)s;

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
