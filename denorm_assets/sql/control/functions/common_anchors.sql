-- Those of many anchors that some column of the read model's sources holds in over 1,000 rows, by PostgreSQL's statistics,
-- and the NULL anchor. Whether it is the column that leads to the anchor does not matter: what they cost is asked then.
CREATE OR REPLACE FUNCTION denorm.common_anchors(model bigint, anchors text[]) RETURNS SETOF text LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
SELECT a FROM pg_catalog.unnest(anchors) AS a
WHERE a IS NULL OR a OPERATOR(pg_catalog.=) ANY (ARRAY(
    SELECT common.value
    FROM denorm.dependency AS d
    JOIN denorm.source AS s ON s.id OPERATOR(pg_catalog.=) d.source_id
    CROSS JOIN LATERAL denorm.all_parts(s.relation) AS held (oid)
    JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) held.oid
    JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
    JOIN pg_catalog.pg_stats AS st ON st.schemaname OPERATOR(pg_catalog.=) n.nspname
        AND st.tablename OPERATOR(pg_catalog.=) c.relname
    CROSS JOIN LATERAL ROWS FROM (
        pg_catalog.unnest(st.most_common_vals::pg_catalog.text::pg_catalog.text[]),
        pg_catalog.unnest(st.most_common_freqs)
    ) AS common (value, share)
    WHERE d.model_id OPERATOR(pg_catalog.=) model
        AND (common.share OPERATOR(pg_catalog.*) c.reltuples) OPERATOR(pg_catalog.>) 1000))
$$;
