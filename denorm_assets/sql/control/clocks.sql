-- keep --
-- A read model whose definition reads the clock has a stored time from now on, and what moving it alters.
UPDATE denorm.read_model SET clock = coalesce(clock, now()), clock_expansion = %(expansion)s
WHERE id = %(model_id)s AND (clock IS NULL OR clock_expansion IS DISTINCT FROM %(expansion)s::text);

-- forget --
UPDATE denorm.read_model SET clock = NULL, clock_expansion = NULL WHERE id = %(model_id)s AND clock IS NOT NULL;

-- live --
-- The read models that live by a stored time. A clock that was set back is no reason to wait.
SELECT system, name, id, code_version, abs(extract(epoch FROM clock_timestamp() - clock))::float8 AS seconds
FROM denorm.read_model WHERE clock IS NOT NULL AND state = 'live';

-- move --
SELECT denorm.move_clock(%(model_id)s, clock_timestamp());

-- move_as_whole --
WITH moved AS (
    UPDATE denorm.read_model SET clock = clock_timestamp() WHERE id = %(model_id)s RETURNING id
)
INSERT INTO denorm.pending (model_id, everything, changed_at) SELECT id, true, clock_timestamp() FROM moved;
