-- Names and types of columns. NULL where none of them is there.
CREATE OR REPLACE FUNCTION denorm.column_shape(relation oid, columns text[]) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_catalog.string_agg(
        pg_catalog.concat(a.attname, ' ', pg_catalog.format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attname)
    FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid OPERATOR(pg_catalog.=) relation AND a.attname OPERATOR(pg_catalog.=) ANY (columns)
        AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
$$;
