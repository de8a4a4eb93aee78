-- Makes the rows of `Realtime` read models right in the transaction that changes a source, with the rights of our owner.
-- Never fails: whatever happens, the change is in the log, and the drain makes the rows right or says why not.
-- Never takes long: it begins only what the planner expects to be cheap, compared with the time that the statement and
-- its transaction have left. In doubt it only logs: a large source without statistics, or changed by more than twice
-- its rows since; rows from functions and recursion, of which the planner cannot know the number.
-- A few anchors are asked for one by one, because only then PostgreSQL looks up how common each of them is; of more, all
-- together and those that are known to be common.
-- Only at READ COMMITTED: a snapshot taken before the lock would show what was there before others' commits.
-- What it executes names every object with its schema, and objects in a session's pg_temp are never found. The settings
-- are those of our own sessions (`MEANING` in db/postgres/session.py): a value must not depend on those of whoever writes.
CREATE OR REPLACE FUNCTION denorm.recompute_now(changed_source integer, images denorm.image[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET row_security = off SET lock_timeout = '50ms'
SET TimeZone = 'UTC' SET DateStyle = 'ISO, YMD' SET IntervalStyle = 'postgres' SET extra_float_digits = 1
SET bytea_output = 'hex' SET default_text_search_config = 'pg_catalog.simple' AS $$
DECLARE
    m pg_catalog.record;
    -- In units of the planner's cost, for all read models together. Of pages in memory, a millisecond reads 100 to 300
    -- units; of pages on a disk, and rows to write, fewer.
    budget pg_catalog.float8 := 5000;
    affordable pg_catalog.float8;
    milliseconds_left pg_catalog.float8;
    find pg_catalog.text;
    plan pg_catalog.json;
    anchor pg_catalog.text;
    anchors pg_catalog.text[];
    asked pg_catalog.text[];
    buckets pg_catalog.int4[];
    locked pg_catalog.int8;
BEGIN
    IF images IS NULL OR pg_catalog.cardinality(images) OPERATOR(pg_catalog.>) 1000
        OR pg_catalog.current_setting('transaction_isolation') OPERATOR(pg_catalog.<>) 'read committed' THEN
        RETURN;
    END IF;
    FOR m IN
        SELECT d.expansion, r.id, r.recompute, r.estimated, r.relation, r.table_schema, r.name
        FROM denorm.dependency AS d
        JOIN denorm.read_model AS r ON r.id OPERATOR(pg_catalog.=) d.model_id
        WHERE d.source_id OPERATOR(pg_catalog.=) changed_source AND r.recompute IS NOT NULL AND r.estimated IS NOT NULL
            AND r.state OPERATOR(pg_catalog.=) 'live' AND d.expansion IS NOT NULL AND d.broken IS NULL
            AND NOT EXISTS (
                SELECT FROM denorm.dependency AS also
                JOIN denorm.source AS s ON s.id OPERATOR(pg_catalog.=) also.source_id
                CROSS JOIN LATERAL denorm.all_parts(s.relation) AS held (oid)
                JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) held.oid
                WHERE also.model_id OPERATOR(pg_catalog.=) r.id
                    AND pg_catalog.pg_relation_size(c.oid) OPERATOR(pg_catalog.>) 1000000
                    AND pg_catalog.pg_stat_get_mod_since_analyze(c.oid)
                        OPERATOR(pg_catalog.>) (c.reltuples::pg_catalog.float8 OPERATOR(pg_catalog.*) 2))
    LOOP
        milliseconds_left := (
            SELECT pg_catalog.date_part('epoch', pg_catalog.min(timed.began OPERATOR(pg_catalog.+) timed.most
                OPERATOR(pg_catalog.-) pg_catalog.clock_timestamp())) OPERATOR(pg_catalog.*) 1000
            FROM (VALUES
                (pg_catalog.statement_timestamp(), pg_catalog.current_setting('statement_timeout')::pg_catalog.interval),
                (pg_catalog.transaction_timestamp(),
                    pg_catalog.current_setting('transaction_timeout', true)::pg_catalog.interval)
            ) AS timed (began, most)
            WHERE timed.most OPERATOR(pg_catalog.>) '0'::pg_catalog.interval);
        EXIT WHEN milliseconds_left OPERATOR(pg_catalog.<) 10;
        affordable := LEAST(budget, milliseconds_left OPERATOR(pg_catalog.*) 20);
        PERFORM pg_catalog.set_config('lock_timeout',
            pg_catalog.concat(LEAST(50, milliseconds_left OPERATOR(pg_catalog./) 5)::pg_catalog.int4), true);
        BEGIN
            -- Where another table has the read model's name now, nothing is written to that.
            CONTINUE WHEN NOT COALESCE(m.relation OPERATOR(pg_catalog.=)
                pg_catalog.to_regclass(pg_catalog.format('%I.%I', m.table_schema, m.name))::pg_catalog.oid, false);
            find := pg_catalog.concat(
                'WITH images AS (SELECT image FROM pg_catalog.unnest($1)) SELECT x.anchor FROM (',
                m.expansion, ') AS x (anchor) LIMIT 1001');
            EXECUTE pg_catalog.concat('EXPLAIN (FORMAT JSON) ', find) INTO plan USING images;
            affordable := affordable OPERATOR(pg_catalog.-) denorm.expected_cost(plan);
            CONTINUE WHEN affordable OPERATOR(pg_catalog.<) 0;
            EXECUTE pg_catalog.concat('SELECT ARRAY(', find, ')') INTO anchors USING images;
            CONTINUE WHEN pg_catalog.cardinality(anchors) OPERATOR(pg_catalog.=) 0
                OR pg_catalog.cardinality(anchors) OPERATOR(pg_catalog.>) 1000;
            asked := anchors;
            IF pg_catalog.cardinality(anchors) OPERATOR(pg_catalog.>) 10 THEN
                EXECUTE pg_catalog.concat('EXPLAIN (FORMAT JSON) ', m.recompute) INTO plan USING anchors;
                affordable := affordable OPERATOR(pg_catalog.-) denorm.expected_cost(plan);
                asked := ARRAY(SELECT denorm.common_anchors(m.id, anchors));
            END IF;
            FOR anchor IN SELECT a FROM pg_catalog.unnest(asked) AS a LOOP
                EXIT WHEN affordable OPERATOR(pg_catalog.<) 0;
                EXECUTE pg_catalog.concat('EXPLAIN (FORMAT JSON) ',
                    m.estimated[CASE WHEN anchor IS NULL THEN 2 ELSE 1 END]) INTO plan USING anchor;
                affordable := affordable OPERATOR(pg_catalog.-) denorm.expected_cost(plan);
            END LOOP;
            CONTINUE WHEN affordable OPERATOR(pg_catalog.<) 0;
            budget := LEAST(budget, affordable);
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
        EXCEPTION
            WHEN query_canceled THEN
                -- Somebody who cancels means it. A timeout, which comes but once a statement, is our own fault.
                IF milliseconds_left IS NULL OR pg_catalog.clock_timestamp() OPERATOR(pg_catalog.<)
                    (pg_catalog.statement_timestamp() OPERATOR(pg_catalog.+)
                        pg_catalog.current_setting('statement_timeout')::pg_catalog.interval) THEN
                    RAISE;
                END IF;
                EXIT;
            WHEN OTHERS OR assert_failure THEN
                NULL;
        END;
    END LOOP;
END $$;
