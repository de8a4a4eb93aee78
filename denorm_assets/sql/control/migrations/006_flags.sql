-- Flags by which an application turns to the read models, for a share of its users.

CREATE TABLE denorm.flag (
    name text PRIMARY KEY,
    system text NOT NULL,
    percentage integer NOT NULL DEFAULT 0 CHECK (percentage BETWEEN 0 AND 100),
    reason text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN denorm.flag.percentage IS 'Share of users for whom the flag is on; the same users as long as it is not lowered.';

-- What the application asks. A user whose bucket is below the percentage stays below it while that grows.
CREATE FUNCTION denorm.flag_enabled(flag text, user_key text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((
        SELECT abs(mod(hashtextextended(f.name || ':' || user_key, 0), 100)) < f.percentage
        FROM denorm.flag AS f WHERE f.name = flag
    ), false)
$$;

-- The application needs that function and nothing else of ours.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA denorm FROM PUBLIC;
GRANT USAGE ON SCHEMA denorm TO PUBLIC;
GRANT EXECUTE ON FUNCTION denorm.flag_enabled(text, text) TO PUBLIC;
