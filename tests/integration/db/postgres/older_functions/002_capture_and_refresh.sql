-- Moves the change log to the pending anchors of every dependent read model: consumed and expanded in ONE statement,
-- and so in one snapshot. An expansion that no longer runs marks its dependency broken and makes everything stale.
CREATE FUNCTION denorm.dispatch() RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    moved bigint;
    d record;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('denorm dispatch', 0)) THEN
        RETURN 0;
    END IF;
    BEGIN
        EXECUTE denorm.dispatch_statement() INTO moved;
    EXCEPTION WHEN data_exception OR syntax_error_or_access_rule_violation OR invalid_schema_name THEN
        FOR d IN SELECT model_id, source_id, expansion FROM denorm.dependency WHERE expansion IS NOT NULL AND broken IS NULL LOOP
            BEGIN
                EXECUTE format(
                    'WITH images AS (SELECT image FROM denorm.change_log WHERE source_id = %s AND image IS NOT NULL) '
                    'SELECT count(*) FROM (%s) AS x', d.source_id, d.expansion
                );
            EXCEPTION WHEN OTHERS THEN
                UPDATE denorm.dependency SET broken = SQLERRM WHERE model_id = d.model_id AND source_id = d.source_id;
                UPDATE denorm.read_model SET state = 'needs_rebuild' WHERE id = d.model_id AND state = 'live';
            END;
        END LOOP;
        EXECUTE denorm.dispatch_statement() INTO moved;
    END;
    RETURN moved;
END $$;

CREATE FUNCTION denorm.dispatch_statement() RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'WITH consumed AS MATERIALIZED (DELETE FROM denorm.change_log RETURNING source_id, image, logged_at), '
        'stale (model_id, anchor, everything, changed_at) AS ('
        || coalesce(string_agg(
            CASE WHEN expansion IS NULL OR broken IS NOT NULL THEN ''
            ELSE format(
                '(WITH images AS (SELECT image FROM consumed WHERE source_id = %s AND image IS NOT NULL) '
                'SELECT %s::bigint, x.anchor, false, (SELECT max(logged_at) FROM consumed WHERE source_id = %s) '
                'FROM (%s) AS x (anchor)) UNION ALL ', source_id, model_id, source_id, expansion)
            END
            || format(
                '(SELECT %s::bigint, NULL::text, true, max(logged_at) FROM consumed WHERE source_id = %s%s HAVING count(*) > 0)',
                model_id, source_id,
                CASE WHEN expansion IS NULL OR broken IS NOT NULL THEN '' ELSE ' AND image IS NULL' END),
            ' UNION ALL '), 'SELECT NULL::bigint, NULL::text, false, NULL::timestamptz WHERE false')
        || '), kept AS (INSERT INTO denorm.pending (model_id, anchor, everything, changed_at) SELECT * FROM stale) '
        'SELECT count(*) FROM consumed'
    FROM denorm.dependency
$$;

-- Names and types of the columns that read models use, and the partitions; other columns may come and go.
CREATE FUNCTION denorm.fingerprint(relation oid, columns text[]) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE below AS (
        SELECT i.inhrelid FROM pg_inherits AS i WHERE i.inhparent = relation
        UNION ALL
        SELECT i.inhrelid FROM pg_inherits AS i JOIN below AS b ON b.inhrelid = i.inhparent
    )
    SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attname)
        || coalesce((SELECT ' over ' || string_agg(inhrelid::text, ' ' ORDER BY inhrelid) FROM below), '')
    FROM pg_attribute AS a
    WHERE a.attrelid = relation AND a.attname = ANY (columns) AND a.attnum > 0 AND NOT a.attisdropped
$$;

-- What a view says, every name in it with its schema: it then means the same under any search path.
CREATE FUNCTION denorm.text_of_view(view regclass) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog AS $$ SELECT rtrim(pg_get_viewdef(view), ';') $$;
