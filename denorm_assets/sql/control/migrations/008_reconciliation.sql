-- What reconciliations compared and found, and every row that they repaired.

CREATE TABLE denorm.reconciliation (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model_id bigint NOT NULL REFERENCES denorm.read_model ON DELETE CASCADE,
    mode text NOT NULL CHECK (mode IN ('detect', 'repair')),
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz,
    passed boolean,
    summary text,
    figures jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX reconciliation_model_id_started_at_idx ON denorm.reconciliation (model_id, started_at DESC);
COMMENT ON COLUMN denorm.reconciliation.passed IS 'NULL where nothing could be told: nothing was compared, or everything is pending.';
COMMENT ON COLUMN denorm.reconciliation.ended_at IS 'NULL while it runs, and for ever where it was killed.';

CREATE TABLE denorm.audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reconciliation_id bigint NOT NULL REFERENCES denorm.reconciliation ON DELETE CASCADE,
    repaired_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    part text NOT NULL,
    key jsonb,
    before jsonb,
    after jsonb,
    cause text NOT NULL
);
CREATE INDEX audit_reconciliation_id_idx ON denorm.audit (reconciliation_id);
COMMENT ON TABLE denorm.audit IS
    'Rows as they were found and as they were left; before NULL: it was missing, after NULL: it did not belong.';
COMMENT ON COLUMN denorm.audit.key IS 'NULL: a materialized view was refreshed as a whole, and before and after are digests.';

CREATE TABLE denorm.compared (
    model_id bigint NOT NULL REFERENCES denorm.read_model ON DELETE CASCADE,
    part text NOT NULL,
    compared_at timestamptz NOT NULL,
    PRIMARY KEY (model_id, part)
);
COMMENT ON TABLE denorm.compared IS 'When a part was last found or made right; what waits longest is compared first.';

-- Digests are made in another way now: what a materialized view holds is written down anew by its next refresh.
INSERT INTO denorm.pending (model_id, everything, changed_at)
SELECT id, true, clock_timestamp() FROM denorm.read_model WHERE whole_checksum IS NOT NULL AND state = 'live';
