-- Aggregates of all rows, and of large groups, are kept by what they are of each block of IDs.

ALTER TABLE denorm.read_model ADD COLUMN blocks text[], ADD COLUMN partials_of text;
COMMENT ON COLUMN denorm.read_model.blocks IS 'For each SELECT that aggregates: an occurrence of a source, its ID column, and how many last bits tell the rows of a block apart.';
COMMENT ON COLUMN denorm.read_model.partials_of IS 'The code version of which `denorm.partial` holds all blocks; NULL where some may be missing or wrong.';

CREATE TABLE denorm.partial (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model_id bigint NOT NULL REFERENCES denorm.read_model ON DELETE CASCADE,
    part integer NOT NULL,
    block bigint NOT NULL,
    groups text[] NOT NULL,
    states text[] NOT NULL
);
COMMENT ON TABLE denorm.partial IS 'The aggregates of the rows of each block and group; a block without rows has none.';
CREATE INDEX ON denorm.partial (model_id, part, block);
