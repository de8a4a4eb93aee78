-- Whether a process of a release before migration 018 holds a lock. Those lock by keys that anybody may take; a holder
-- counts that could write to our tables. To be dropped with the last such release.
CREATE OR REPLACE FUNCTION denorm.held_by_older_release(advisory_key bigint) RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM denorm.advisory_holders(advisory_key) AS k (pid), LATERAL pg_catalog.pg_stat_get_activity(k.pid) AS a
        WHERE pg_catalog.has_table_privilege(a.usesysid, 'denorm.pending', 'DELETE'))
$$;
