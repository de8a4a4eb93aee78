-- The views that read models and caches read, at any depth; what they select may change while no table does.
CREATE TABLE denorm.view_read (
    model_id bigint NOT NULL REFERENCES denorm.read_model ON DELETE CASCADE,
    view_schema text NOT NULL,
    view_name text NOT NULL,
    named boolean NOT NULL,
    signature text NOT NULL,
    PRIMARY KEY (model_id, view_schema, view_name)
);
COMMENT ON COLUMN denorm.view_read.named IS 'Whether the definition itself names it; another view does otherwise.';
COMMENT ON COLUMN denorm.view_read.signature IS 'What it selected when `apply` looked.';
ALTER TABLE denorm.dependency ADD COLUMN named boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN denorm.dependency.named IS 'Whether the definition itself names the source; a view reads it otherwise.';
