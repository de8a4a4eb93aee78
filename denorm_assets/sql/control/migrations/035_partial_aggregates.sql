-- Aggregates of all rows are kept by what they are of each block of IDs.

ALTER TABLE denorm.read_model ADD COLUMN blocks text[], ADD COLUMN partials_of text;
COMMENT ON COLUMN denorm.read_model.blocks IS 'For each SELECT that aggregates all rows: an occurrence of a source, its ID column, and how many last bits tell the rows of a block apart.';
COMMENT ON COLUMN denorm.read_model.partials_of IS 'The code version of which `denorm.partial` holds all blocks; NULL where some may be missing or wrong.';

CREATE TABLE denorm.partial (
    model_id bigint NOT NULL REFERENCES denorm.read_model ON DELETE CASCADE,
    part integer NOT NULL,
    block bigint NOT NULL,
    states text[] NOT NULL,
    PRIMARY KEY (model_id, part, block)
);
COMMENT ON TABLE denorm.partial IS 'The aggregates of the rows of each block; a block without rows has none.';
