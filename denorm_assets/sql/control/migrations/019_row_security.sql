-- Row-level security that is enabled later: readers of a read model then see what the source hides.
ALTER TABLE denorm.dependency ADD COLUMN guarded boolean;
COMMENT ON COLUMN denorm.dependency.guarded IS
    'Whether the source, or a table that inherits from it, had row-level security when `apply` last looked.';
