-- Never fails: whatever goes wrong, the change is in the log, and the drain makes it right or says why not.
-- Only at READ COMMITTED: a snapshot taken before the lock would show what was there before others' commits.
CREATE FUNCTION denorm.recompute_now(changed_source integer, images denorm.image[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '50ms' AS $$
DECLARE
    m record;
    anchors text[];
    alone boolean;
BEGIN
    IF images IS NULL OR cardinality(images) > 1000
        OR current_setting('transaction_isolation') <> 'read committed' THEN
        RETURN;
    END IF;
    FOR m IN
        SELECT d.expansion, r.id, r.recompute, r.table_schema
        FROM denorm.dependency AS d
        JOIN denorm.read_model AS r ON r.id = d.model_id
        WHERE d.source_id = changed_source AND r.recompute IS NOT NULL AND r.state = 'live'
            AND d.expansion IS NOT NULL AND d.broken IS NULL
    LOOP
        BEGIN
            EXECUTE 'WITH images AS (SELECT image FROM unnest($1)) SELECT array_agg(x.anchor) FROM ('
                || m.expansion || ') AS x (anchor)' INTO anchors USING images;
            CONTINUE WHEN anchors IS NULL OR cardinality(anchors) > 1000;
            -- Try-locks on a bounded set of buckets: nobody waits, and shared memory cannot run out.
            SELECT bool_and(pg_try_advisory_xact_lock(hashtext('denorm realtime ' || m.id), bucket)) INTO alone
            FROM (SELECT DISTINCT abs(hashtext(coalesce(a, '')) % 256) AS bucket FROM unnest(anchors) AS a) AS buckets;
            CONTINUE WHEN NOT alone;
            PERFORM set_config('search_path', quote_ident(m.table_schema) || ', public', true);
            EXECUTE m.recompute USING anchors;
        EXCEPTION WHEN OTHERS THEN
            NULL;
        END;
        PERFORM set_config('search_path', 'pg_catalog, pg_temp', true);
    END LOOP;
END $$;

-- Anchors whose rows no drain has made right yet, in the snapshot of the statement that asks (hence STABLE): pending
-- ones, and those that the change log affects. A row with "everything" says that no anchor is exempt.
CREATE FUNCTION denorm.stale_anchors(model bigint) RETURNS TABLE (anchor text, everything boolean)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    d record;
BEGIN
    RETURN QUERY SELECT p.anchor, p.everything FROM denorm.pending AS p WHERE p.model_id = model;
    RETURN QUERY SELECT q.anchor, false FROM denorm.quarantine AS q WHERE q.model_id = model;
    FOR d IN SELECT source_id, expansion, broken FROM denorm.dependency WHERE model_id = model LOOP
        IF d.expansion IS NULL OR d.broken IS NOT NULL THEN
            RETURN QUERY SELECT NULL::text, true FROM denorm.change_log AS l WHERE l.source_id = d.source_id LIMIT 1;
        ELSE
            RETURN QUERY SELECT NULL::text, true FROM denorm.change_log AS l
                WHERE l.source_id = d.source_id AND l.image IS NULL LIMIT 1;
            RETURN QUERY EXECUTE format(
                'WITH images AS (SELECT image FROM denorm.change_log WHERE source_id = %s AND image IS NOT NULL) '
                'SELECT x.anchor, false FROM (%s) AS x (anchor)', d.source_id, d.expansion);
        END IF;
    END LOOP;
END $$;
