-- A table, and the partitions at the end of its tree: what holds rows, and what PostgreSQL keeps statistics of.
CREATE OR REPLACE FUNCTION denorm.all_parts(relation oid) RETURNS SETOF oid LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT relation
    UNION ALL
    SELECT leaf.relid::pg_catalog.oid
    FROM pg_catalog.pg_partition_tree(relation::pg_catalog.regclass) AS leaf WHERE leaf.isleaf
$$;
