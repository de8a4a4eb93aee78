-- Moves the stored time of a read model to `moment`, and notes which anchors that alters, all in one transaction: rows that
-- are not right at the new time are pending in every snapshot. Returns how many anchors became stale.
-- Where they are many, or cannot be told, everything is.
CREATE OR REPLACE FUNCTION denorm.move_clock(model bigint, moment timestamptz) RETURNS bigint LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp SET row_security = off
SET TimeZone = 'UTC' SET DateStyle = 'ISO, YMD' SET IntervalStyle = 'postgres' AS $$
DECLARE
    m pg_catalog.record;
    most CONSTANT pg_catalog.int4 := 100000;
    anchors pg_catalog.text[];
    whole pg_catalog.bool := true;
BEGIN
    SELECT clock, clock_expansion INTO m FROM denorm.read_model
        WHERE id OPERATOR(pg_catalog.=) model FOR NO KEY UPDATE;
    IF m.clock IS NULL OR m.clock OPERATOR(pg_catalog.=) moment THEN
        RETURN 0;
    END IF;
    IF m.clock_expansion IS NOT NULL THEN
        PERFORM pg_catalog.set_config('denorm.clock_before', m.clock::pg_catalog.text, true),
            pg_catalog.set_config('denorm.clock_after', moment::pg_catalog.text, true);
        BEGIN
            EXECUTE pg_catalog.format(
                'SELECT pg_catalog.array_agg(x.anchor), COALESCE(pg_catalog.bool_or(x.everything), false) '
                'FROM (SELECT DISTINCT e.anchor, e.everything FROM (%s) AS e (anchor, everything) LIMIT %s) AS x',
                m.clock_expansion, most OPERATOR(pg_catalog.+) 1) INTO anchors, whole;
            whole := whole OR pg_catalog.cardinality(anchors) OPERATOR(pg_catalog.>) most;
        EXCEPTION WHEN OTHERS THEN
            IF denorm.is_passing(SQLSTATE) OR SQLSTATE OPERATOR(pg_catalog.=) '55P03' THEN
                RAISE;
            END IF;
            whole := true;
        END;
    END IF;
    INSERT INTO denorm.pending (model_id, anchor, everything, changed_at)
        SELECT model, NULL::pg_catalog.text, true, pg_catalog.clock_timestamp() WHERE whole
        UNION ALL
        SELECT model, a, false, pg_catalog.clock_timestamp() FROM pg_catalog.unnest(anchors) AS a WHERE NOT whole;
    UPDATE denorm.read_model SET clock = moment WHERE id OPERATOR(pg_catalog.=) model;
    RETURN CASE WHEN whole THEN 1 ELSE COALESCE(pg_catalog.cardinality(anchors), 0) END;
END $$;
