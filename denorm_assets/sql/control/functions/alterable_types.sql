-- What the catalog says of types, and of those that they consist of, that changes when somebody alters them. One entry for
-- each label of an enum: one that is added changes no value.
CREATE OR REPLACE FUNCTION denorm.alterable_types(ids oid[]) RETURNS jsonb LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE type AS (
        SELECT given.id FROM pg_catalog.unnest(ids) AS given (id)
        UNION
        SELECT inner_type.id FROM type AS outer_type
        JOIN pg_catalog.pg_type AS t ON t.oid OPERATOR(pg_catalog.=) outer_type.id
        CROSS JOIN LATERAL (
            SELECT t.typelem
            UNION ALL
            SELECT t.typbasetype
            UNION ALL
            SELECT r.rngsubtype FROM pg_catalog.pg_range AS r
            WHERE outer_type.id OPERATOR(pg_catalog.=) ANY (ARRAY[r.rngtypid, r.rngmultitypid])
            UNION ALL
            SELECT a.atttypid FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid OPERATOR(pg_catalog.=) t.typrelid AND a.attnum OPERATOR(pg_catalog.>) 0
        ) AS inner_type (id)
        -- Nobody alters PostgreSQL's own types.
        WHERE outer_type.id OPERATOR(pg_catalog.>=) 16384
    ), entry AS (
        SELECT pg_catalog.concat('label ', e.oid) AS key, e.enumlabel::pg_catalog.text AS state
        FROM type AS t JOIN pg_catalog.pg_enum AS e ON e.enumtypid OPERATOR(pg_catalog.=) t.id
        UNION ALL
        SELECT pg_catalog.concat('type ', t.id), pg_catalog.string_agg(
            pg_catalog.concat_ws(' ', a.attname, a.attnum, a.atttypid, a.attcollation), ', ' ORDER BY a.attnum)
        FROM type AS t
        JOIN pg_catalog.pg_type AS y ON y.oid OPERATOR(pg_catalog.=) t.id
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid OPERATOR(pg_catalog.=) y.typrelid
            AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
        GROUP BY t.id
    )
    SELECT COALESCE(pg_catalog.jsonb_object_agg(e.key, pg_catalog.jsonb_build_object('is', e.state)), '{}') FROM entry AS e
$$;
