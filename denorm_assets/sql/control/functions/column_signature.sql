-- What the catalog says of columns, in a table and in all that inherit from it, that changes when DDL changes their values.
-- One entry for each column: `is` changes with the values. `by` changes with any DDL on the column, and `file` with any
-- rewrite of the table, VACUUM FULL included: only ALTER TYPE ... USING changes both at once. `else` is all that such DDL
-- leaves behind but for the name: where it is the same after some DDL, the column was renamed, and renamed back.
-- One entry for each collation that the columns use, and those of their types.
-- One entry for each trigger of capture: while one was switched off or away, changes were not logged.
-- Locks no table: expressions are read as PostgreSQL stores them, not as it would print them.
CREATE OR REPLACE FUNCTION denorm.column_signature(relation oid, columns text[]) RETURNS jsonb LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE member AS (
        SELECT relation AS id
        UNION
        SELECT i.inhrelid FROM pg_catalog.pg_inherits AS i JOIN member AS m ON m.id OPERATOR(pg_catalog.=) i.inhparent
        WHERE NOT i.inhdetachpending
    ), held AS (
        SELECT a.attrelid, a.attname, a.attnum, a.atttypid, a.attcollation, a.xmin, c.relfilenode,
            CASE WHEN a.attgenerated OPERATOR(pg_catalog.<>) '' THEN d.adbin END AS adbin,
            pg_catalog.concat_ws(' ', a.attnotnull, a.atthasdef, a.atthasmissing, a.attidentity, a.attstorage,
                a.attcompression, a.attstattarget, a.attislocal, a.attinhcount, a.attacl, a.attoptions, d.oid) AS rest
        FROM member AS m
        JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) m.id
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid OPERATOR(pg_catalog.=) m.id
            AND a.attnum OPERATOR(pg_catalog.>) 0 AND a.attname OPERATOR(pg_catalog.=) ANY (columns)
        LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid OPERATOR(pg_catalog.=) m.id
            AND d.adnum OPERATOR(pg_catalog.=) a.attnum
    ), entry AS (
        SELECT pg_catalog.concat(h.attrelid, ' ', h.attname) AS key, pg_catalog.jsonb_build_object(
            'is', pg_catalog.concat_ws(' ', h.attnum, h.atttypid, h.attcollation, pg_catalog.md5(h.adbin::pg_catalog.text)),
            'by', h.xmin::pg_catalog.text, 'file', h.relfilenode::pg_catalog.text, 'else', pg_catalog.md5(h.rest)) AS value
        FROM held AS h
        UNION ALL
        SELECT pg_catalog.concat('trigger ', g.tgrelid, ' ', g.tgname), pg_catalog.jsonb_build_object(
            'is', pg_catalog.concat_ws(' ', g.oid, g.xmin))
        FROM member AS m
        JOIN pg_catalog.pg_trigger AS g ON g.tgrelid OPERATOR(pg_catalog.=) m.id
        JOIN pg_catalog.pg_proc AS p ON p.oid OPERATOR(pg_catalog.=) g.tgfoid
        JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
        JOIN denorm.source AS s ON s.relation OPERATOR(pg_catalog.=) column_signature.relation
        WHERE n.nspname OPERATOR(pg_catalog.=) 'denorm'
            AND p.proname OPERATOR(pg_catalog.=) pg_catalog.concat('capture_', s.id)
        UNION ALL
        -- Another release of the library that sorts.
        SELECT pg_catalog.concat('collation ', c.oid), pg_catalog.jsonb_build_object('is', CASE c.collprovider
            WHEN 'd' THEN pg_catalog.pg_database_collation_actual_version(b.oid)
            ELSE pg_catalog.pg_collation_actual_version(c.oid) END)
        FROM pg_catalog.pg_collation AS c
        JOIN pg_catalog.pg_database AS b ON b.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
        WHERE c.oid OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT h.attcollation FROM held AS h))
    )
    SELECT COALESCE(pg_catalog.jsonb_object_agg(e.key, e.value), '{}')
        OPERATOR(pg_catalog.||) denorm.alterable_types(ARRAY(SELECT h.atttypid FROM held AS h))
    FROM entry AS e
$$;
