-- Nothing that a source can hold, and nothing that others do with our tables, stops the log.

-- What dispatch failed with, until it succeeds: what was logged then reaches nobody.
CREATE TABLE denorm.dispatch_failure (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    error text NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE denorm.dispatch_failure IS 'Why the change log cannot be moved on, and since when; empty otherwise.';

-- An anchor may be longer than an index takes (2,704 bytes that do not compress), so none has anchors themselves.
DROP INDEX denorm.pending_model_id_anchor_idx;
CREATE INDEX pending_model_id_anchor_idx ON denorm.pending (model_id, hashtextextended(anchor, 0));
ALTER TABLE denorm.quarantine DROP CONSTRAINT quarantine_model_id_anchor_key;
CREATE INDEX quarantine_model_id_anchor_idx ON denorm.quarantine (model_id, hashtextextended(anchor, 0));

-- What takes too long.
ALTER TABLE denorm.quarantine ADD COLUMN slow boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN denorm.quarantine.slow IS 'Computing its rows took too long: it is tried again by itself, after all others.';
ALTER TABLE denorm.dependency ADD COLUMN slow_at timestamptz;
COMMENT ON COLUMN denorm.dependency.slow_at IS 'When its expansion took too long; for a while, any change makes everything stale.';

-- The last refresh is the one with the highest number, whatever the clock said.
CREATE INDEX refresh_model_id_id_idx ON denorm.refresh (model_id, id DESC);
