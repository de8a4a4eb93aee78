-- Which declarations of a system were applied: a process with an earlier one than the last knows that it is superseded.
-- `version` is of what refreshes depend on, `whole_version` of indexes and phases, too. `number` grows: clocks are set back.
CREATE TABLE denorm.declaration (
    system text NOT NULL,
    version text NOT NULL,
    whole_version text NOT NULL,
    number bigint NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (system, version, whole_version)
);
