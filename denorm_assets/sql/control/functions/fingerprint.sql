-- Names and types of the columns that read models use, and the partitions; other columns may come and go.
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
    SELECT pg_catalog.string_agg(
            pg_catalog.concat(a.attname, ' ', pg_catalog.format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attname)
        OPERATOR(pg_catalog.||) COALESCE((
            SELECT pg_catalog.concat(' over ', pg_catalog.string_agg(inhrelid::pg_catalog.text, ' ' ORDER BY inhrelid))
            FROM below HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 0), '')
    FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid OPERATOR(pg_catalog.=) relation AND a.attname OPERATOR(pg_catalog.=) ANY (columns)
        AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
$$;
