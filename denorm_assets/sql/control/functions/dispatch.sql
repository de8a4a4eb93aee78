-- Moves the change log to the pending anchors of every dependent read model: consumed and expanded in ONE statement, and
-- so in one snapshot. One fault delays only the read models that it concerns:
-- * Sources without logged changes are left out, so that their tables need not be locked to plan a statement.
-- * Where a table is locked (an open TRUNCATE), the changes of the sources whose expansions read it stay in the log.
--   Other sources of the same read model continue: an image can be expanded in any later snapshot, because whatever
--   breaks its path to an anchor meanwhile is logged too, and nearer to that anchor.
-- * Where a statement's changes were not logged, everything is stale first (`cover_unlogged`).
-- * An expansion that no longer fits the shape of a table is broken until it is made again. One that fails at a value
--   makes everything stale this time only.
-- * One that took too long, as whoever calls this found out (`move_log_on`), makes everything stale for some minutes.
CREATE OR REPLACE FUNCTION denorm.dispatch() RETURNS bigint LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp SET row_security = off SET lock_timeout = '100ms' AS $$
DECLARE
    unlogged pg_catalog.int8 := CASE WHEN pg_catalog.pg_current_xact_id_if_assigned() IS NULL
        THEN pg_catalog.pg_sequence_last_value('denorm.unlogged_change') END;
    emptied bigint;
    moved bigint;
    d pg_catalog.record;
    failing pg_catalog.text[] := '{}';
    blocked pg_catalog.int4[];
BEGIN
    -- Looked at before the lock, which writes: most calls find nothing.
    IF NOT EXISTS (SELECT FROM denorm.change_log)
        AND pg_catalog.pg_sequence_last_value('denorm.log_room') OPERATOR(pg_catalog.>=) 0
        AND EXISTS (
            SELECT FROM denorm.log_limit AS l WHERE l.seen IS NULL
                AND pg_catalog.pg_sequence_last_value('denorm.unlogged_change') OPERATOR(pg_catalog.=) l.covered)
    THEN
        RETURN 0;
    END IF;
    INSERT INTO denorm.lock (name) VALUES ('dispatch') ON CONFLICT DO NOTHING;
    PERFORM FROM denorm.lock WHERE name OPERATOR(pg_catalog.=) 'dispatch' FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    emptied := denorm.cover_unlogged(unlogged);
    IF NOT EXISTS (SELECT FROM denorm.change_log) THEN
        RETURN emptied;
    END IF;
    blocked := ARRAY(SELECT id FROM denorm.source EXCEPT SELECT source_id FROM denorm.change_log);
    FOR attempt IN 1..4 LOOP
        BEGIN
            EXECUTE denorm.dispatch_statement(failing, blocked) INTO moved;
            RETURN emptied OPERATOR(pg_catalog.+) moved;
        EXCEPTION WHEN OTHERS THEN
            -- Another attempt, because the log grows and locks are taken while the cause is looked for. What no
            -- expansion shows when it is tried alone is in their sum: the last attempt is made without any.
            IF attempt OPERATOR(pg_catalog.=) 4 OR denorm.is_passing(SQLSTATE)
                OR attempt OPERATOR(pg_catalog.=) 3 AND SQLSTATE OPERATOR(pg_catalog.=) '55P03'
            THEN
                RAISE;
            END IF;
        END;
        IF attempt OPERATOR(pg_catalog.=) 3 THEN
            failing := ARRAY(SELECT pg_catalog.concat(model_id, ':', source_id) FROM denorm.dependency);
            CONTINUE;
        END IF;
        -- The first attempt has waited for locks already.
        PERFORM pg_catalog.set_config('lock_timeout', '10ms', true);
        FOR d IN
            SELECT model_id, source_id, expansion, pg_catalog.concat(model_id, ':', source_id) AS name
            FROM denorm.dependency WHERE expansion IS NOT NULL AND broken IS NULL AND NOT denorm.counts_as_slow(slow_at)
        LOOP
            CONTINUE WHEN d.source_id OPERATOR(pg_catalog.=) ANY (blocked)
                OR d.name OPERATOR(pg_catalog.=) ANY (failing);
            BEGIN
                EXECUTE pg_catalog.format(
                    'WITH images AS (SELECT image FROM denorm.change_log'
                    ' WHERE source_id OPERATOR(pg_catalog.=) %s AND image IS NOT NULL)'
                    ' SELECT pg_catalog.count(x.anchor) FROM (%s) AS x (anchor)', d.source_id, d.expansion
                );
            EXCEPTION
                -- A right that was lost, or row-level security: the refresh that follows says so, until it is given.
                WHEN insufficient_privilege THEN
                    failing := pg_catalog.array_append(failing, d.name);
                WHEN syntax_error_or_access_rule_violation OR invalid_schema_name THEN
                    UPDATE denorm.dependency SET broken = SQLERRM
                    WHERE model_id OPERATOR(pg_catalog.=) d.model_id AND source_id OPERATOR(pg_catalog.=) d.source_id;
                    UPDATE denorm.read_model SET state = 'needs_rebuild'
                    WHERE id OPERATOR(pg_catalog.=) d.model_id AND state OPERATOR(pg_catalog.=) 'live';
                WHEN lock_not_available THEN
                    blocked := pg_catalog.array_append(blocked, d.source_id);
                WHEN OTHERS THEN
                    IF denorm.is_passing(SQLSTATE) THEN
                        RAISE;
                    END IF;
                    failing := pg_catalog.array_append(failing, d.name);
            END;
        END LOOP;
    END LOOP;
END $$;
