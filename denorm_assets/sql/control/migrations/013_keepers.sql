-- Which keeper a cache has: two that keep it elsewhere would take each other's changes.

ALTER TABLE denorm.read_model ADD COLUMN kept_by text;
COMMENT ON COLUMN denorm.read_model.kept_by IS 'Of a cache: environment and run of the Redis server whose slots follow its changes; another one begins a new era.';
