-- Row-level security that is enabled later: readers of a read model then see what the source hides.
ALTER TABLE denorm.source ADD COLUMN guarded boolean;
COMMENT ON COLUMN denorm.source.guarded IS
    'Whether it had row-level security, or a table that inherits from it, when `apply` last looked; NULL before that.';
