-- Nothing that a source can hold, and nothing that others do with our tables, stops the log.

-- What dispatch failed with, until it succeeds: what was logged then reaches nobody.
CREATE TABLE denorm.dispatch_failure (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    error text NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE denorm.dispatch_failure IS 'Why the change log cannot be moved on, and since when; empty otherwise.';
