-- Nobody but their owner executes our functions: a guest could attach a capture function to a table of their own, whose
-- types run code with our owner's rights. Whoever runs `apply` revokes what else was granted.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA denorm FROM PUBLIC;

-- Definitions are printed by whoever describes them.
DROP FUNCTION IF EXISTS denorm.text_of_view(regclass);

-- A definition is resolved once, by `apply`: an operator or a function that somebody creates later is never found.
ALTER TABLE denorm.read_model ADD COLUMN definition text;
COMMENT ON COLUMN denorm.read_model.definition IS
    'The definition of this code version as PostgreSQL understood it, every name with its schema.';
