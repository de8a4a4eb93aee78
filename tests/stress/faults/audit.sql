-- Every committed step of every range, in order, and every attempt at a batch, even one that was rolled back.

CREATE SCHEMA audit;

CREATE TABLE audit.step (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    key text NOT NULL,
    what text NOT NULL CHECK (what IN ('batch', 'done'))
);

CREATE FUNCTION audit.note_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF new.batches > old.batches THEN
        INSERT INTO audit.step (key, what) VALUES (new.key, 'batch');
    END IF;
    IF new.done_at IS DISTINCT FROM old.done_at THEN
        INSERT INTO audit.step (key, what) VALUES (new.key, 'done');
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER note_step AFTER UPDATE ON denorm.range_progress FOR EACH ROW EXECUTE FUNCTION audit.note_step();

-- The server's log is no part of any transaction, so what a killed worker had begun is counted, too.
CREATE FUNCTION audit.note_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE LOG 'audit: attempt at a batch';
    -- As long as on a table that is large; else most kills would fall between two batches.
    PERFORM pg_sleep(0.03);
    RETURN NULL;
END $$;

CREATE TRIGGER note_attempt BEFORE INSERT ON topics.entry_topics
FOR EACH STATEMENT EXECUTE FUNCTION audit.note_attempt();
