-- What Dagster is to be told of: who made a refresh, because drivers report their own, and what checks in the shell found.

ALTER TABLE denorm.refresh ADD COLUMN driver text;
-- For refreshes from now on: nobody knows who made earlier ones.
ALTER TABLE denorm.refresh ALTER COLUMN driver SET DEFAULT current_setting('denorm.driver', true);
COMMENT ON COLUMN denorm.refresh.driver IS 'Which program made it; NULL where nobody knows.';

CREATE TABLE denorm.checked (
    model_id bigint NOT NULL REFERENCES denorm.read_model ON DELETE CASCADE,
    name text NOT NULL,
    checked_at timestamptz NOT NULL,
    code_version text NOT NULL,
    result jsonb NOT NULL,
    PRIMARY KEY (model_id, name)
);
COMMENT ON TABLE denorm.checked IS 'What `denorm-assets check` last found in the rows of each read model.';
