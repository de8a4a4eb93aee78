-- Makes everything stale where DDL changed values, and notes what the catalog says now. Where a partition left, its rows
-- left with it; the others have their triggers still, so that nothing else has to be done. Returns how many read models
-- became stale. What others hold at this moment (`apply`) is left to them. Where a view selects something else now, it may
-- read tables that no trigger watches: what reads it needs a rebuild, until a driver or `apply` finds that nothing is missed.
CREATE OR REPLACE FUNCTION denorm.doubt_redefined() RETURNS bigint LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    d pg_catalog.record;
    m pg_catalog.record;
    now pg_catalog.jsonb;
    shape pg_catalog.text;
    stale pg_catalog.int8[] := '{}';
BEGIN
    FOR d IN
        SELECT s.id, s.relation, s.compared_columns, s.fingerprint, s.signature FROM denorm.source AS s
        WHERE s.signature IS DISTINCT FROM denorm.column_signature(s.relation, s.compared_columns)
        ORDER BY s.id FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        now := denorm.column_signature(d.relation, d.compared_columns);
        shape := denorm.fingerprint(d.relation, d.compared_columns);
        IF NOT denorm.keeps_values(d.signature, now) THEN
            stale := stale OPERATOR(pg_catalog.||) ARRAY(
                SELECT p.model_id FROM denorm.dependency AS p WHERE p.source_id OPERATOR(pg_catalog.=) d.id
                    AND NOT denorm.keeps_values(denorm.of_columns(d.signature, p.columns, now), now));
        END IF;
        UPDATE denorm.source SET signature = now,
            fingerprint = CASE WHEN denorm.shrunk(d.fingerprint, shape) THEN shape ELSE fingerprint END
        WHERE id OPERATOR(pg_catalog.=) d.id;
    END LOOP;
    FOR m IN
        SELECT r.id, r.calls, r.signature FROM denorm.read_model AS r
        WHERE r.calls OPERATOR(pg_catalog.<>) '{}'
            AND r.signature IS DISTINCT FROM denorm.function_signature(r.calls)
        ORDER BY r.id FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        now := denorm.function_signature(m.calls);
        IF NOT denorm.keeps_values(m.signature, now) THEN
            stale := pg_catalog.array_append(stale, m.id);
        END IF;
        UPDATE denorm.read_model SET signature = now WHERE id OPERATOR(pg_catalog.=) m.id;
    END LOOP;
    FOR m IN
        SELECT r.id FROM denorm.read_model AS r
        WHERE r.state OPERATOR(pg_catalog.=) 'live'
            AND r.id OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT v.model_id FROM denorm.view_read AS v))
            AND EXISTS (SELECT FROM denorm.altered_views(r.id))
        ORDER BY r.id FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        UPDATE denorm.read_model SET state = 'needs_rebuild' WHERE id OPERATOR(pg_catalog.=) m.id;
    END LOOP;
    INSERT INTO denorm.pending (model_id, everything, changed_at)
    SELECT DISTINCT id, true, pg_catalog.clock_timestamp() FROM pg_catalog.unnest(stale) AS id;
    RETURN pg_catalog.cardinality(stale);
END $$;
