-- The part of a source's signature that concerns these of its columns; what is of no column concerns all readers.
CREATE OR REPLACE FUNCTION denorm.of_columns(signature jsonb, columns text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_catalog.jsonb_object_agg(e.key, e.value) FROM pg_catalog.jsonb_each(signature) AS e
    WHERE e.key OPERATOR(pg_catalog.!~) '^\d+ '
        OR pg_catalog.regexp_replace(e.key, '^\d+ ', '') OPERATOR(pg_catalog.=) ANY (columns)
$$;
