-- What is declared, how far its ranges are, and who works on them. PostgreSQL is the only truth about progress.

CREATE TABLE denorm.read_model (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    system text NOT NULL,
    name text NOT NULL,
    table_schema text NOT NULL,
    range_set text NOT NULL,
    state text NOT NULL DEFAULT 'declared' CHECK (state IN ('declared', 'loading', 'live', 'needs_rebuild')),
    code_version text NOT NULL,
    paused_at timestamptz,
    cancelled_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    live_at timestamptz,
    UNIQUE (system, name)
);
COMMENT ON TABLE denorm.read_model IS 'One row per read model that apply has created.';
COMMENT ON COLUMN denorm.read_model.cancelled_at IS 'Backfills that began before this instant stop after their batch.';

CREATE TABLE denorm.id_range (
    range_set text NOT NULL,
    key text NOT NULL CHECK (key !~ ','),
    source text NOT NULL,
    position integer NOT NULL,
    lo text,
    hi text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (range_set, key),
    UNIQUE (range_set, source, position)
);
COMMENT ON TABLE denorm.id_range IS
    'Ranges of each driving source: position 0 is the open rest, the others tile all before it. Never updated.';

CREATE TABLE denorm.range_progress (
    model_id bigint NOT NULL REFERENCES denorm.read_model ON DELETE CASCADE,
    key text NOT NULL,
    cursor_id text,
    cursor_version text,
    batches integer NOT NULL DEFAULT 0,
    rows_written bigint NOT NULL DEFAULT 0,
    rows_removed bigint NOT NULL DEFAULT 0,
    seconds double precision NOT NULL DEFAULT 0,
    row_count bigint,
    checksum text,
    done_at timestamptz,
    done_version text,
    done_launch text,
    lease_token bigint NOT NULL DEFAULT 0,
    lease_holder text,
    lease_expires_at timestamptz,
    PRIMARY KEY (model_id, key)
);
COMMENT ON TABLE denorm.range_progress IS
    'How far each range of each read model is. done_version = read_model.code_version: compared equal at done_at.';
COMMENT ON COLUMN denorm.range_progress.lease_token IS 'Grows with each owner; a batch commits only under its own token.';
