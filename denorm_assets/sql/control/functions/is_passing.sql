-- Whether an error may be gone next time: a deadlock, no memory, a shutdown.
CREATE OR REPLACE FUNCTION denorm.is_passing(state text) RETURNS boolean LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_catalog.left(state, 2) OPERATOR(pg_catalog.=) ANY ('{08,40,53,57,58,XX}'::pg_catalog.text[])
$$;
