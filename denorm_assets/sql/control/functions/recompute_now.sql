-- Makes the rows of `Realtime` read models right in the transaction that changes a source, with the rights of our owner.
-- Never fails: whatever happens, the change is in the log, and the drain makes the rows right or says why not.
-- Only at READ COMMITTED: a snapshot taken before the lock would show what was there before others' commits.
-- What it executes names every object with its schema, and objects in a session's pg_temp are never found. The settings
-- are those of our own sessions (`MEANING` in db/session.py): a value must not depend on those of whoever writes.
CREATE OR REPLACE FUNCTION denorm.recompute_now(changed_source integer, images denorm.image[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET row_security = off SET lock_timeout = '50ms'
SET TimeZone = 'UTC' SET DateStyle = 'ISO, YMD' SET IntervalStyle = 'postgres' SET extra_float_digits = 1
SET bytea_output = 'hex' SET default_text_search_config = 'pg_catalog.simple' AS $$
DECLARE
    m pg_catalog.record;
    anchors pg_catalog.text[];
    buckets pg_catalog.int4[];
    locked pg_catalog.int8;
BEGIN
    IF images IS NULL OR pg_catalog.cardinality(images) OPERATOR(pg_catalog.>) 1000
        OR pg_catalog.current_setting('transaction_isolation') OPERATOR(pg_catalog.<>) 'read committed' THEN
        RETURN;
    END IF;
    FOR m IN
        SELECT d.expansion, r.id, r.recompute, r.relation, r.table_schema, r.name
        FROM denorm.dependency AS d
        JOIN denorm.read_model AS r ON r.id OPERATOR(pg_catalog.=) d.model_id
        WHERE d.source_id OPERATOR(pg_catalog.=) changed_source AND r.recompute IS NOT NULL
            AND r.state OPERATOR(pg_catalog.=) 'live' AND d.expansion IS NOT NULL AND d.broken IS NULL
    LOOP
        BEGIN
            -- Where another table has the read model's name now, nothing is written to that.
            CONTINUE WHEN NOT COALESCE(m.relation OPERATOR(pg_catalog.=)
                pg_catalog.to_regclass(pg_catalog.format('%I.%I', m.table_schema, m.name))::pg_catalog.oid, false);
            EXECUTE pg_catalog.concat(
                'WITH images AS (SELECT image FROM pg_catalog.unnest($1)) SELECT pg_catalog.array_agg(x.anchor) FROM (',
                m.expansion, ') AS x (anchor)') INTO anchors USING images;
            CONTINUE WHEN anchors IS NULL OR pg_catalog.cardinality(anchors) OPERATOR(pg_catalog.>) 1000;
            -- Locks on a bounded set of rows, which only we can lock: nobody waits, and shared memory cannot run out.
            buckets := ARRAY(
                SELECT DISTINCT pg_catalog.abs(pg_catalog.hashtext(COALESCE(a, '')) OPERATOR(pg_catalog.%) 256)
                FROM pg_catalog.unnest(anchors) AS a);
            PERFORM FROM denorm.bucket AS b
                WHERE b.model_id OPERATOR(pg_catalog.=) m.id AND b.bucket OPERATOR(pg_catalog.=) ANY (buckets)
                FOR UPDATE SKIP LOCKED;
            GET DIAGNOSTICS locked = ROW_COUNT;
            CONTINUE WHEN locked OPERATOR(pg_catalog.<>) pg_catalog.cardinality(buckets);
            EXECUTE m.recompute USING anchors;
        EXCEPTION WHEN OTHERS THEN
            NULL;
        END;
    END LOOP;
END $$;
