-- What a source's columns were, so that people are told what became of them.
ALTER TABLE denorm.dependency ADD COLUMN noted jsonb NOT NULL DEFAULT '{}';
COMMENT ON COLUMN denorm.dependency.noted IS 'Number and type of each of these columns when capture was installed for it, by name.';
UPDATE denorm.dependency AS d SET noted = (
    SELECT coalesce(
        jsonb_object_agg(a.attname, jsonb_build_array(a.attnum, format_type(a.atttypid, a.atttypmod))), '{}')
    FROM pg_attribute AS a
    WHERE a.attrelid = s.relation AND a.attname = ANY (d.columns) AND a.attnum > 0 AND NOT a.attisdropped)
FROM denorm.source AS s WHERE s.id = d.source_id;
