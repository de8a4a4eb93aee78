-- Dispatch when an expansion fails: only a changed shape breaks a dependency for good.
DROP FUNCTION denorm.dispatch_statement();

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

-- A lock that is not to be had (an open TRUNCATE) leaves the changes of the sources that need it in the log, so that
-- it delays no read model of other sources.
CREATE OR REPLACE FUNCTION denorm.dispatch() RETURNS bigint LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp SET lock_timeout = '500ms' AS $$
DECLARE
    moved bigint;
    d record;
    failing text[] := '{}';
    blocked integer[] := '{}';
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('denorm dispatch', 0)) THEN
        RETURN 0;
    END IF;
    BEGIN
        EXECUTE denorm.dispatch_statement(failing, blocked) INTO moved;
        RETURN moved;
    EXCEPTION
        WHEN data_exception OR syntax_error_or_access_rule_violation OR invalid_schema_name OR lock_not_available THEN
            NULL;
    END;
    FOR d IN SELECT model_id, source_id, expansion FROM denorm.dependency WHERE expansion IS NOT NULL AND broken IS NULL LOOP
        CONTINUE WHEN d.source_id = ANY (blocked);
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
                failing := failing || (d.model_id || ':' || d.source_id);
        END;
    END LOOP;
    EXECUTE denorm.dispatch_statement(failing, blocked) INTO moved;
    RETURN moved;
END $$;
