-- The PostgreSQL processes that hold an advisory key of one number in this database.
CREATE OR REPLACE FUNCTION denorm.advisory_holders(advisory_key bigint) RETURNS SETOF integer LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT k.pid FROM pg_catalog.pg_locks AS k
    WHERE k.locktype OPERATOR(pg_catalog.=) 'advisory' AND k.granted AND k.objsubid OPERATOR(pg_catalog.=) 1
        AND k.database OPERATOR(pg_catalog.=) (
            SELECT d.oid FROM pg_catalog.pg_database AS d
            WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
        AND ((k.classid::pg_catalog.int8 OPERATOR(pg_catalog.<<) 32)
            OPERATOR(pg_catalog.|) k.objid::pg_catalog.int8) OPERATOR(pg_catalog.=) advisory_key
$$;
