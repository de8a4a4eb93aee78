-- Whether an expansion took too long a moment ago. A time to come is one of before the clock was set back.
CREATE OR REPLACE FUNCTION denorm.counts_as_slow(slow_at timestamptz) RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT COALESCE(slow_at OPERATOR(pg_catalog.>) (now.at OPERATOR(pg_catalog.-) '10 minutes'::pg_catalog.interval)
        AND slow_at OPERATOR(pg_catalog.<) (now.at OPERATOR(pg_catalog.+) '10 minutes'::pg_catalog.interval), false)
    FROM (SELECT pg_catalog.clock_timestamp() AS at) AS now
$$;
