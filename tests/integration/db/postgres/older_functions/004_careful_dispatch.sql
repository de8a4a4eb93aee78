-- `failing` are "model:source" whose images cannot be expanded this time, so that they make everything stale;
-- `blocked` are sources whose changes stay in the log.
CREATE FUNCTION denorm.dispatch_statement(failing text[], blocked integer[]) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT format(
        'WITH consumed AS MATERIALIZED ('
        'DELETE FROM denorm.change_log WHERE source_id <> ALL (%L::integer[]) RETURNING source_id, image, logged_at), '
        'stale (model_id, anchor, everything, changed_at) AS (', blocked)
        || coalesce(string_agg(
            CASE WHEN d.whole THEN ''
            ELSE format(
                '(WITH images AS (SELECT image FROM consumed WHERE source_id = %s AND image IS NOT NULL) '
                'SELECT %s::bigint, x.anchor, false, (SELECT max(logged_at) FROM consumed WHERE source_id = %s) '
                'FROM (%s) AS x (anchor)) UNION ALL ', d.source_id, d.model_id, d.source_id, d.expansion)
            END
            || format(
                '(SELECT %s::bigint, NULL::text, true, max(logged_at) FROM consumed WHERE source_id = %s%s HAVING count(*) > 0)',
                d.model_id, d.source_id, CASE WHEN d.whole THEN '' ELSE ' AND image IS NULL' END),
            ' UNION ALL '), 'SELECT NULL::bigint, NULL::text, false, NULL::timestamptz WHERE false')
        || '), kept AS (INSERT INTO denorm.pending (model_id, anchor, everything, changed_at) SELECT * FROM stale) '
        'SELECT count(*) FROM consumed'
    FROM (
        SELECT model_id, source_id, expansion,
            expansion IS NULL OR broken IS NOT NULL OR model_id || ':' || source_id = ANY (failing) AS whole
        FROM denorm.dependency
        WHERE source_id <> ALL (blocked)
    ) AS d
$$;

-- Who is in the way delays only those who need what he holds:
-- * Sources of which nothing is logged are left out, so that their tables need not be locked to plan a statement.
-- * Where a table is locked (an open TRUNCATE), the changes of the sources whose expansions read it stay in the log.
--   Other sources of the same read model may go on: an image can be expanded in any later snapshot, because whatever
--   breaks its path to an anchor meanwhile is logged too, and nearer to that anchor.
-- * An expansion that no longer fits the shape of a table is broken until it is made anew. One that fails at a value
--   makes everything stale this time only.
CREATE OR REPLACE FUNCTION denorm.dispatch() RETURNS bigint LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
    moved bigint;
    d record;
    failing text[] := '{}';
    blocked integer[];
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('denorm dispatch', 0))
        OR NOT EXISTS (SELECT FROM denorm.change_log) THEN
        RETURN 0;
    END IF;
    blocked := ARRAY(SELECT id FROM denorm.source EXCEPT SELECT source_id FROM denorm.change_log);
    FOR attempt IN 1..3 LOOP
        BEGIN
            EXECUTE denorm.dispatch_statement(failing, blocked) INTO moved;
            RETURN moved;
        EXCEPTION WHEN OTHERS THEN
            -- Another attempt, because the log grows and locks are taken while the culprit is looked for.
            IF attempt = 3 OR denorm.is_passing(SQLSTATE) THEN
                RAISE;
            END IF;
        END;
        -- Whoever could not have a lock has waited already.
        PERFORM set_config('lock_timeout', '10ms', true);
        FOR d IN
            SELECT model_id, source_id, expansion, model_id || ':' || source_id AS name
            FROM denorm.dependency WHERE expansion IS NOT NULL AND broken IS NULL
        LOOP
            CONTINUE WHEN d.source_id = ANY (blocked) OR d.name = ANY (failing);
            BEGIN
                EXECUTE format(
                    'WITH images AS (SELECT image FROM denorm.change_log WHERE source_id = %s AND image IS NOT NULL) '
                    'SELECT count(*) FROM (%s) AS x', d.source_id, d.expansion
                );
            EXCEPTION
                WHEN syntax_error_or_access_rule_violation OR invalid_schema_name THEN
                    UPDATE denorm.dependency SET broken = SQLERRM WHERE model_id = d.model_id AND source_id = d.source_id;
                    UPDATE denorm.read_model SET state = 'needs_rebuild' WHERE id = d.model_id AND state = 'live';
                WHEN lock_not_available THEN
                    blocked := blocked || d.source_id;
                WHEN OTHERS THEN
                    IF denorm.is_passing(SQLSTATE) THEN
                        RAISE;
                    END IF;
                    failing := failing || d.name;
            END;
        END LOOP;
    END LOOP;
END $$;

-- Whether an error is nobody's fault: a deadlock, no memory, a shutdown. The same statement may succeed next time.
CREATE FUNCTION denorm.is_passing(state text) RETURNS boolean LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
RETURN left(state, 2) IN ('08', '40', '53', '57', '58', 'XX');

-- As before, but images that cannot be expanded say that no anchor is exempt.
CREATE OR REPLACE FUNCTION denorm.stale_anchors(model bigint) RETURNS TABLE (anchor text, everything boolean)
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
            BEGIN
                RETURN QUERY EXECUTE format(
                    'WITH images AS (SELECT image FROM denorm.change_log WHERE source_id = %s AND image IS NOT NULL) '
                    'SELECT x.anchor, false FROM (%s) AS x (anchor)', d.source_id, d.expansion);
            EXCEPTION WHEN OTHERS THEN
                RETURN QUERY SELECT NULL::text, true;
            END;
        END IF;
    END LOOP;
END $$;
