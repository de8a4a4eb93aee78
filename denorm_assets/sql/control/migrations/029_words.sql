-- What voids all that a cache holds is called a generation everywhere.
ALTER TABLE denorm.read_model RENAME COLUMN era TO generation;
COMMENT ON COLUMN denorm.read_model.generation IS 'Of a cache: what was loaded in an earlier generation is void. Grows when everything is stale.';
COMMENT ON COLUMN denorm.read_model.kept_by IS 'Of a cache: environment and run of the Redis server whose slots follow its changes; another one begins a new generation.';

-- What a read model is compared in is called a segment everywhere.
ALTER TABLE denorm.compared RENAME COLUMN part TO segment;
ALTER TABLE denorm.audit RENAME COLUMN part TO segment;
