-- Whether an error may be gone next time: a deadlock, no memory, a shutdown. An internal one may be a value of more than
-- 1 GB, and stay; and a limit that somebody set for the role (`temp_file_limit`) is reached each time.
CREATE OR REPLACE FUNCTION denorm.is_passing(state text) RETURNS boolean LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_catalog.left(state, 2) OPERATOR(pg_catalog.=) ANY ('{08,40,53,57,58}'::pg_catalog.text[])
    AND state OPERATOR(pg_catalog.<>) '53400'
$$;
