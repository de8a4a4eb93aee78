-- Anchors whose rows no drain has made right yet, in the snapshot of the statement that asks (hence STABLE): pending
-- ones, those in quarantine, and those that the change log affects. A row with "everything" says that no anchor is
-- exempt, as it is where logged images cannot be expanded, changes were not logged, or DDL changed values.
CREATE OR REPLACE FUNCTION denorm.stale_anchors(model bigint) RETURNS TABLE (anchor text, everything boolean)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off AS $$
DECLARE
    d pg_catalog.record;
BEGIN
    IF denorm.unlogged_since() IS NOT NULL OR EXISTS (SELECT FROM denorm.redefined(model)) THEN
        RETURN QUERY SELECT NULL::pg_catalog.text, true;
    END IF;
    RETURN QUERY SELECT p.anchor, p.everything FROM denorm.pending AS p
        WHERE p.model_id OPERATOR(pg_catalog.=) model;
    RETURN QUERY SELECT q.anchor, false FROM denorm.quarantine AS q WHERE q.model_id OPERATOR(pg_catalog.=) model;
    FOR d IN
        SELECT source_id, expansion, broken IS NOT NULL OR denorm.counts_as_slow(slow_at) AS unusable FROM denorm.dependency WHERE model_id OPERATOR(pg_catalog.=) model
    LOOP
        IF d.expansion IS NULL OR d.unusable THEN
            RETURN QUERY SELECT NULL::pg_catalog.text, true FROM denorm.change_log AS l
                WHERE l.source_id OPERATOR(pg_catalog.=) d.source_id LIMIT 1;
        ELSE
            RETURN QUERY SELECT NULL::pg_catalog.text, true FROM denorm.change_log AS l
                WHERE l.source_id OPERATOR(pg_catalog.=) d.source_id AND l.image IS NULL LIMIT 1;
            BEGIN
                RETURN QUERY EXECUTE pg_catalog.format(
                    'WITH images AS (SELECT image FROM denorm.change_log'
                    ' WHERE source_id OPERATOR(pg_catalog.=) %s AND image IS NOT NULL)'
                    ' SELECT x.anchor, false FROM (%s) AS x (anchor)', d.source_id, d.expansion);
            EXCEPTION WHEN OTHERS THEN
                RETURN QUERY SELECT NULL::pg_catalog.text, true;
            END;
        END IF;
    END LOOP;
END $$;
