-- Which columns the registered version has: others of ours were added for a version that was never put in place.
ALTER TABLE denorm.read_model ADD COLUMN columns text[];
COMMENT ON COLUMN denorm.read_model.columns IS 'Of the registered code version; NULL where an older release registered it.';
