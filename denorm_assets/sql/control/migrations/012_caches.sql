-- Caches: what Redis may hold of a system, kept right through the same change log as read models.

ALTER TABLE denorm.read_model
    ADD COLUMN kind text NOT NULL DEFAULT 'table' CHECK (kind IN ('table', 'cache')),
    ADD COLUMN era bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN denorm.read_model.kind IS 'cache: its rows are nowhere in this database; pending anchors are owners to be forgotten.';
COMMENT ON COLUMN denorm.read_model.era IS 'Of a cache: what was loaded in an earlier era is void. Grows when everything is stale.';
