-- Read models that are loaded as a whole: materialized views, and tables without a driving column.

ALTER TABLE denorm.read_model
    ADD COLUMN whole_version text,
    ADD COLUMN whole_rows bigint,
    ADD COLUMN whole_checksum text,
    ADD COLUMN whole_at timestamptz;
COMMENT ON COLUMN denorm.read_model.range_set IS 'Empty where the read model is loaded as a whole.';
COMMENT ON COLUMN denorm.read_model.whole_version IS 'Code version at which it was last loaded as a whole, at whole_at.';
COMMENT ON COLUMN denorm.read_model.whole_checksum IS
    'What a materialized view held after that: it cannot be compared with its own past otherwise.';
