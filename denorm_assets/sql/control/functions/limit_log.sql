-- Stops logging where the change log has outgrown its limit. Capture functions call it now and then, in the application's
-- sessions, so that it never fails; only a dispatch has logging resume.
CREATE OR REPLACE FUNCTION denorm.limit_log() RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp SET row_security = off AS $$
BEGIN
    IF pg_catalog.pg_sequence_last_value('denorm.log_room') OPERATOR(pg_catalog.>) 0
        AND pg_catalog.pg_total_relation_size('denorm.change_log')
            OPERATOR(pg_catalog.>) (SELECT l.bytes FROM denorm.log_limit AS l)
    THEN
        PERFORM pg_catalog.setval('denorm.log_room', (pg_catalog.date_part('epoch', pg_catalog.clock_timestamp())
            OPERATOR(pg_catalog.*) -1000)::pg_catalog.int8);
    END IF;
EXCEPTION WHEN OTHERS THEN
    NULL;
END $$;
