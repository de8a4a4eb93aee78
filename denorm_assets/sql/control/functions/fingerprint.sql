-- Names and types of the columns that read models use, and the partitions; other columns may come and go. A read model may
-- use no column of a source: it counts its rows, or asks whether there is one.
CREATE OR REPLACE FUNCTION denorm.fingerprint(relation oid, columns text[]) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE below AS (
        SELECT i.inhrelid FROM pg_catalog.pg_inherits AS i
        WHERE i.inhparent OPERATOR(pg_catalog.=) relation AND NOT i.inhdetachpending
        UNION ALL
        SELECT i.inhrelid FROM pg_catalog.pg_inherits AS i
        JOIN below AS b ON b.inhrelid OPERATOR(pg_catalog.=) i.inhparent
        WHERE NOT i.inhdetachpending
    )
    SELECT COALESCE(denorm.column_shape(relation, columns), '') OPERATOR(pg_catalog.||) COALESCE((
        SELECT pg_catalog.concat(' over ', pg_catalog.string_agg(inhrelid::pg_catalog.text, ' ' ORDER BY inhrelid))
        FROM below HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 0), '')
$$;
