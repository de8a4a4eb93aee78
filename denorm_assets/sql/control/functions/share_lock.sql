-- Keeps a lock from being taken until this transaction ends, together with others that do so; whether that succeeded.
-- Never waits: whoever must wait does so outside a transaction.
CREATE OR REPLACE FUNCTION denorm.share_lock(lock_name text, old_key bigint) RETURNS boolean LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM denorm.lock AS l WHERE l.name OPERATOR(pg_catalog.=) lock_name FOR SHARE SKIP LOCKED;
    RETURN FOUND AND NOT EXISTS (SELECT FROM denorm.lock_holder(lock_name))
        AND (pg_catalog.pg_try_advisory_xact_lock_shared(old_key) OR NOT denorm.held_by_older_release(old_key));
END $$;
