-- An anchor may be the values of several columns together.
ALTER TABLE denorm.read_model ALTER COLUMN anchor TYPE text[] USING CASE WHEN anchor IS NOT NULL THEN ARRAY[anchor] END;
COMMENT ON COLUMN denorm.read_model.anchor IS 'The columns by which changes say which rows are stale; NULL: the driving one, or else the first of the key.';
