-- DDL that changes values, and no name or type: what the catalog said when the rows were computed.
ALTER TABLE denorm.source ADD COLUMN signature jsonb;
COMMENT ON COLUMN denorm.source.signature IS
    'What the catalog said of the columns that read models use (denorm.column_signature); NULL until somebody looks.';

ALTER TABLE denorm.read_model ADD COLUMN calls text[] NOT NULL DEFAULT '{}', ADD COLUMN signature jsonb;
COMMENT ON COLUMN denorm.read_model.calls IS 'Functions that the definition calls and that somebody may replace.';
COMMENT ON COLUMN denorm.read_model.signature IS
    'What the catalog said of these functions (denorm.function_signature); NULL until somebody looks.';

-- Digests are computed in another way where equal values may look different. The next refresh records them again.
UPDATE denorm.read_model SET whole_checksum = NULL;
