-- Dispatch when an expansion fails: only a changed shape breaks a dependency for good.
-- An older release made it with other parameters.
DROP FUNCTION IF EXISTS denorm.dispatch_statement();

-- Refreshes of a week can be many; the one under way is asked for by each.
CREATE INDEX refresh_running_idx ON denorm.refresh (model_id) WHERE status = 'running';
