-- Flags by which an application turns to the read models, for a share of its users.

CREATE TABLE denorm.flag (
    name text PRIMARY KEY,
    system text NOT NULL,
    percentage integer NOT NULL DEFAULT 0 CHECK (percentage BETWEEN 0 AND 100),
    reason text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN denorm.flag.percentage IS 'Share of users for whom the flag is on; the same users as long as it is not lowered.';

-- The application asks `denorm.flag_enabled`, and needs nothing else of ours.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA denorm FROM PUBLIC;
GRANT USAGE ON SCHEMA denorm TO PUBLIC;
