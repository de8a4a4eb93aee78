-- Takes a lock for this session until it releases the keys that are returned, or ends; NULL where somebody holds it.
-- Never waits. `new_key` is a random number that nobody could know before. `old_key` is what releases before migration
-- 020 lock by: they are kept away, but a stranger who has taken it keeps nobody away.
CREATE OR REPLACE FUNCTION denorm.take_lock(
    lock_name text, of_model bigint, new_key bigint, new_holder text, old_key bigint
) RETURNS bigint[] LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    seen denorm.lock;
    old_keys pg_catalog.int8[] := '{}';
BEGIN
    INSERT INTO denorm.lock (name, model_id) VALUES (lock_name, of_model) ON CONFLICT DO NOTHING;
    SELECT * INTO seen FROM denorm.lock AS l WHERE l.name OPERATOR(pg_catalog.=) lock_name;
    IF EXISTS (SELECT FROM denorm.lock_holder(lock_name)) THEN
        RETURN NULL;
    END IF;
    IF old_key IS NOT NULL THEN
        IF pg_catalog.pg_try_advisory_lock(old_key) THEN
            old_keys := ARRAY[old_key];
        ELSIF denorm.held_by_older_release(old_key) THEN
            RETURN NULL;
        END IF;
    END IF;
    -- Who held it as of `seen` never holds it again, so only another row has to be looked out for.
    PERFORM FROM denorm.lock AS l
        WHERE l.name OPERATOR(pg_catalog.=) lock_name AND l.key IS NOT DISTINCT FROM seen.key FOR UPDATE SKIP LOCKED;
    IF NOT FOUND OR NOT pg_catalog.pg_try_advisory_lock(new_key) THEN
        PERFORM pg_catalog.pg_advisory_unlock(k) FROM pg_catalog.unnest(old_keys) AS k;
        RETURN NULL;
    END IF;
    UPDATE denorm.lock AS l
    SET key = new_key, holder = new_holder, since = pg_catalog.clock_timestamp(), pid = pg_catalog.pg_backend_pid(),
        role = (SELECT a.usesysid FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) AS a)
    WHERE l.name OPERATOR(pg_catalog.=) lock_name;
    RETURN old_keys OPERATOR(pg_catalog.||) new_key;
END $$;
