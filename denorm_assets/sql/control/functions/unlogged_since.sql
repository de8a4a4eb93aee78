-- Since when changes are missing from the log that are not made up for yet; NULL where none are. In the snapshot of the
-- statement that asks, and of transactions that are still open too.
CREATE OR REPLACE FUNCTION denorm.unlogged_since() RETURNS timestamptz LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp SET row_security = off AS $$
    SELECT CASE WHEN r.room OPERATOR(pg_catalog.<) 0
        THEN pg_catalog.to_timestamp((r.room OPERATOR(pg_catalog./) (-1000.0))::pg_catalog.float8)
        ELSE COALESCE(b.seen_at, pg_catalog.clock_timestamp()) END
    FROM denorm.log_limit AS b,
        (SELECT pg_catalog.pg_sequence_last_value('denorm.log_room') AS room) AS r
    WHERE b.covered OPERATOR(pg_catalog.<>) pg_catalog.pg_sequence_last_value('denorm.unlogged_change')
$$;
