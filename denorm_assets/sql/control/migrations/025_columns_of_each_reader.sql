-- Whose columns changed is judged for each read model, not for all that share a source.
ALTER TABLE denorm.dependency ADD COLUMN columns text[], ADD COLUMN shape text;
COMMENT ON COLUMN denorm.dependency.columns IS 'The columns of the source that this read model or cache uses.';
COMMENT ON COLUMN denorm.dependency.shape IS 'Their names and types (denorm.column_shape) when capture was installed for it.';
UPDATE denorm.dependency AS d
SET columns = s.compared_columns, shape = regexp_replace(s.fingerprint, ' over [0-9 ]+$', '')
FROM denorm.source AS s WHERE s.id = d.source_id;
ALTER TABLE denorm.dependency ALTER COLUMN columns SET NOT NULL;
