-- The time that a definition reads is stored, so that rows, and what they are compared with, are of one time.
ALTER TABLE denorm.read_model ADD COLUMN clock timestamptz, ADD COLUMN clock_expansion text;
COMMENT ON COLUMN denorm.read_model.clock IS 'The time that takes the place of now() and the like in its definition; NULL where it does not read the clock.';
COMMENT ON COLUMN denorm.read_model.clock_expansion IS 'SELECT of (anchor, everything) that are altered when the clock moves from denorm.clock_before to denorm.clock_after; NULL where everything is.';

-- The anchor is chosen when a version is registered, and stays the same as long as that is.
ALTER TABLE denorm.read_model ADD COLUMN anchor text;
COMMENT ON COLUMN denorm.read_model.anchor IS 'The column by which changes say which rows are stale; NULL: the driving one, or else the first of the key.';
