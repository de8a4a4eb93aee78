-- Whether two fingerprints of a table differ only in partitions that are there no more.
CREATE OR REPLACE FUNCTION denorm.shrunk(before text, now text) RETURNS boolean LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_catalog.regexp_replace(before, ' over [\d ]+$', '')
            OPERATOR(pg_catalog.=) pg_catalog.regexp_replace(now, ' over [\d ]+$', '')
        AND pg_catalog.regexp_split_to_array(pg_catalog.substring(before, ' over ([\d ]+)$'), ' ')
            OPERATOR(pg_catalog.@>) COALESCE(
                pg_catalog.regexp_split_to_array(pg_catalog.substring(now, ' over ([\d ]+)$'), ' '), '{}')
$$;
