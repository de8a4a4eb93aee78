-- Who holds a lock now; no row where nobody does. A session holds it that has the row's process number, the row's login
-- role and the row's key: whoever else took the key once it was free holds nothing.
CREATE OR REPLACE FUNCTION denorm.lock_holder(lock_name text)
RETURNS TABLE (holder text, pid integer, role name, since timestamptz) LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT l.holder, l.pid, pg_catalog.pg_get_userbyid(l.role), l.since
    FROM denorm.lock AS l, LATERAL pg_catalog.pg_stat_get_activity(l.pid) AS a
    WHERE l.name OPERATOR(pg_catalog.=) lock_name AND l.pid IS NOT NULL AND a.usesysid OPERATOR(pg_catalog.=) l.role
        AND l.pid OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT denorm.advisory_holders(l.key)))
$$;
