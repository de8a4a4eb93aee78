-- What a writing transaction is expected to spend on `Realtime` rows: see functions/recompute_now.sql.
ALTER TABLE denorm.read_model ADD COLUMN estimated text[];
COMMENT ON COLUMN denorm.read_model.estimated IS
    'What EXPLAIN is asked before `recompute` runs, for each anchor as $1; the second element is for the NULL anchor.';
