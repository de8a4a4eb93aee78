-- A logged value of the application's as text: NULL, and everything is stale, where that has more than `most` bytes or
-- fails. bytea is twice as long as text, arrays and documents may be any number of times as long, and PostgreSQL makes no
-- value of 1 GB. The inner block costs no transaction ID, because nothing is written in it.
CREATE OR REPLACE FUNCTION denorm.text_of(value anyelement, most bigint, source integer) RETURNS text LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    shown pg_catalog.text;
    size pg_catalog.int4;
BEGIN
    BEGIN
        shown := pg_catalog.concat(value);
        size := pg_catalog.octet_length(shown);
    EXCEPTION WHEN OTHERS THEN
        NULL;
    END;
    IF size OPERATOR(pg_catalog.<=) 10000 THEN
        RETURN shown;
    END IF;
    -- A few of these are as much as the whole log may hold.
    PERFORM denorm.limit_log();
    IF size OPERATOR(pg_catalog.<=) most
        AND pg_catalog.pg_sequence_last_value('denorm.log_room') OPERATOR(pg_catalog.>) 0
    THEN
        RETURN shown;
    END IF;
    INSERT INTO denorm.change_log (source_id, image) VALUES (source, NULL);
    RETURN NULL;
END $$;
