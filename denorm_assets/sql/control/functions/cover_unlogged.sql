-- Makes everything stale for changes that were not logged, and has logging resume once the log is small again.
-- `latest` is what `unlogged_change` said before this transaction had an ID; NULL where it had one. Whoever set that value,
-- or an earlier one, had an ID already, and so a lower one than this transaction's: once all of these have ended, everything
-- is stale because of what they did. A value set later is another one, and is dealt with later.
CREATE OR REPLACE FUNCTION denorm.cover_unlogged(latest bigint) RETURNS bigint LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp SET row_security = off AS $$
DECLARE
    l pg_catalog.record;
    room pg_catalog.int8 := pg_catalog.pg_sequence_last_value('denorm.log_room');
    since pg_catalog.timestamptz := CASE WHEN room OPERATOR(pg_catalog.<) 0
        THEN pg_catalog.to_timestamp((room OPERATOR(pg_catalog./) (-1000.0))::pg_catalog.float8) END;
    ended pg_catalog.bool;
    emptied pg_catalog.int8 := 0;
BEGIN
    SELECT * INTO l FROM denorm.log_limit;
    IF l.seen IS NULL AND latest OPERATOR(pg_catalog.<>) l.covered THEN
        UPDATE denorm.log_limit SET seen = latest, seen_by = pg_catalog.pg_current_xact_id(),
            seen_at = pg_catalog.clock_timestamp()
        RETURNING * INTO l;
    END IF;
    -- An ID that is still to come is another server's, from which this database was restored.
    ended := l.seen_by OPERATOR(pg_catalog.<=) pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())
        OR l.seen_by OPERATOR(pg_catalog.>=) pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())
            AND l.seen_by IS DISTINCT FROM pg_catalog.pg_current_xact_id_if_assigned();
    -- While a transaction stays open for long, what others committed is shown every few minutes.
    IF ended OR l.seen_at OPERATOR(pg_catalog.<)
        (pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) '5 minutes'::pg_catalog.interval)
    THEN
        WITH taken AS (DELETE FROM denorm.change_log RETURNING logged_at),
            oldest AS (SELECT pg_catalog.count(*) AS count, pg_catalog.min(logged_at) AS at FROM taken),
            stale AS (
                INSERT INTO denorm.pending (model_id, everything, first_changed_at, changed_at)
                SELECT DISTINCT d.model_id, true, LEAST(o.at, since, l.seen_at), pg_catalog.clock_timestamp()
                FROM denorm.dependency AS d CROSS JOIN oldest AS o)
        SELECT o.count INTO emptied FROM oldest AS o;
        UPDATE denorm.log_limit SET seen_at = pg_catalog.clock_timestamp();
    END IF;
    IF ended THEN
        UPDATE denorm.log_limit SET covered = seen, seen = NULL, seen_by = NULL, seen_at = NULL;
    END IF;
    IF since IS NULL THEN
        RETURN emptied;
    END IF;
    IF pg_catalog.pg_total_relation_size('denorm.change_log') OPERATOR(pg_catalog.>)
        (l.bytes OPERATOR(pg_catalog./) 2)
    THEN
        UPDATE denorm.log_limit SET stopped_at = since, resumed_at = NULL WHERE stopped_at IS DISTINCT FROM since;
    ELSE
        PERFORM pg_catalog.setval('denorm.log_room', l.rows);
        UPDATE denorm.log_limit SET stopped_at = since, resumed_at = pg_catalog.clock_timestamp();
    END IF;
    RETURN emptied;
END $$;
