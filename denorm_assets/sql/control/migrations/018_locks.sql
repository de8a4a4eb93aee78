-- Locks of our own. Anybody may take an advisory lock with any key, so a lock is a row here, which only we can write.
-- Held within one transaction it is a lock on the row. Held by a session over many, the row names the session and a
-- random key that the session has locked: nobody can take that key before, and it is free once the session ends.
-- UNLOGGED: a crash of the server that empties the table ends all sessions as well, and rows are made when needed.
CREATE UNLOGGED TABLE denorm.lock (
    name text PRIMARY KEY,
    model_id bigint REFERENCES denorm.read_model (id) ON DELETE CASCADE,
    key bigint,
    pid integer,
    role oid,
    holder text,
    since timestamptz
    -- Room for a new version of each row on its page: no index changes with it.
) WITH (fillfactor = 50);
COMMENT ON TABLE denorm.lock IS 'Who does what only one may do at a time. A row stays when its lock is released.';
COMMENT ON COLUMN denorm.lock.key IS 'The advisory key that the holding session took; a lock is held as long as that session holds the key.';
COMMENT ON COLUMN denorm.lock.pid IS 'The PostgreSQL process of the session, and its login role beside it: a process number is used again.';
COMMENT ON COLUMN denorm.lock.holder IS 'The program, for people.';
-- Others are made when they are first taken. This one is taken within a transaction, for whose end another one that also
-- made it would wait.
INSERT INTO denorm.lock (name) VALUES ('dispatch');

CREATE TABLE denorm.bucket (
    model_id bigint NOT NULL REFERENCES denorm.read_model (id) ON DELETE CASCADE,
    bucket integer NOT NULL,
    PRIMARY KEY (model_id, bucket)
);
COMMENT ON TABLE denorm.bucket IS 'What writing transactions lock while they recompute rows of a read model kept in real time.';
INSERT INTO denorm.bucket (model_id, bucket)
SELECT m.id, n FROM denorm.read_model AS m, generate_series(0, 255) AS n WHERE m.recompute IS NOT NULL;
