-- `refresh=Auto()` is decided when a version is registered, and stays so as long as that is.
ALTER TABLE denorm.read_model ADD COLUMN auto_reason text;
COMMENT ON COLUMN denorm.read_model.auto_reason IS 'Why `Auto()` stands for the kind that was registered; NULL where the declaration named the kind.';
