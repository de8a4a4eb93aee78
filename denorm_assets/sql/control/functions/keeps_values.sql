-- Whether values are what they were, by two signatures: each entry of the first is in the second, too. What nobody noted
-- before (NULL) counts as the same.
CREATE OR REPLACE FUNCTION denorm.keeps_values(before jsonb, now jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT NOT EXISTS (
        SELECT FROM pg_catalog.jsonb_each(before) AS b (key, was)
        CROSS JOIN LATERAL (SELECT now OPERATOR(pg_catalog.->) b.key AS is) AS n
        WHERE n.is IS NULL
            OR (n.is OPERATOR(pg_catalog.->>) 'is') IS DISTINCT FROM (b.was OPERATOR(pg_catalog.->>) 'is')
            OR (n.is OPERATOR(pg_catalog.->>) 'by') IS DISTINCT FROM (b.was OPERATOR(pg_catalog.->>) 'by')
                AND ((n.is OPERATOR(pg_catalog.->>) 'file') IS DISTINCT FROM (b.was OPERATOR(pg_catalog.->>) 'file')
                    OR (n.is OPERATOR(pg_catalog.->>) 'else') OPERATOR(pg_catalog.=) (b.was OPERATOR(pg_catalog.->>) 'else'))
    )
$$;
