-- Which transaction a change of a cached count comes from: where the count has it already, nobody has to count again.
ALTER TABLE denorm.read_model ADD COLUMN counts_members boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN denorm.read_model.counts_members IS
    'Of a cache: it counts the rows of one table that are a cached set''s, and clients add to it what they write there.';
ALTER TABLE denorm.pending ADD COLUMN transaction_id bigint;
COMMENT ON COLUMN denorm.pending.transaction_id IS
    'Of such a count: the transaction, or savepoint, whose only change this is; NULL where that is not known.';
