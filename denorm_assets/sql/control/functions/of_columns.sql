-- The part of a source's signature that concerns these of its columns. What it says of triggers concerns all readers, and
-- so does what it says of types and collations, as long as a column is there (`now`) that has them.
CREATE OR REPLACE FUNCTION denorm.of_columns(signature jsonb, columns text[], now jsonb) RETURNS jsonb LANGUAGE sql
IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_catalog.jsonb_object_agg(e.key, e.value) FROM pg_catalog.jsonb_each(signature) AS e
    WHERE CASE
        WHEN e.key OPERATOR(pg_catalog.~) '^\d+ '
            THEN pg_catalog.regexp_replace(e.key, '^\d+ ', '') OPERATOR(pg_catalog.=) ANY (columns)
        ELSE e.key OPERATOR(pg_catalog.~) '^trigger ' OR now OPERATOR(pg_catalog.?) e.key END
$$;
