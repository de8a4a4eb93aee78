-- add_column
ALTER TABLE "app"."Odd_Links" ADD COLUMN "{}" text;

-- comment_on_column
COMMENT ON COLUMN "app"."Odd_Links"."{}" IS 'denorm_assets added it';

-- drop_column
ALTER TABLE "app"."Odd_Links" DROP COLUMN "{}";

-- allow_null
ALTER TABLE "app"."Odd_Links" ALTER COLUMN "{}" DROP NOT NULL;

-- drop_foreign_key
ALTER TABLE "app"."Odd_Links" DROP CONSTRAINT IF EXISTS "some_fkey";

-- settled_digests  model_id=7
SELECT compared.*, EXISTS (
    SELECT FROM denorm.stale_anchors(%(model_id)s) AS s WHERE s.everything) AS undetermined
FROM (
SELECT definition.row_count AS defined_rows, definition.checksum AS defined_checksum,
    target.row_count AS held_rows, target.checksum AS held_checksum
FROM (SELECT count(*) AS row_count, coalesce(sum(h), 0)::text AS checksum
FROM (SELECT hashint8extended("Item Id", hash_record_extended(ROW("100%", "{}"), 0)) AS h FROM (SELECT "It's".id AS "Item Id", "the ""tag""" AS "100%", '{braces} %s' AS "{}"
FROM "Odd Items" AS "It's" WHERE "the ""tag""" LIKE '%x%' -- all of them
) AS definition WHERE CASE WHEN "Item Id" IS NULL THEN NOT EXISTS (SELECT FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.anchor IS NULL OR s.everything)
ELSE "Item Id" <> ALL (ARRAY(SELECT s.anchor::bigint FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.anchor IS NOT NULL)) AND NOT EXISTS (SELECT FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.everything) END) AS hashed) AS definition, (SELECT count(*) AS row_count, coalesce(sum(h), 0)::text AS checksum
FROM (SELECT hashint8extended("Item Id", hash_record_extended(ROW("100%", "{}"), 0)) AS h FROM "app"."Odd_Links" WHERE CASE WHEN "Item Id" IS NULL THEN NOT EXISTS (SELECT FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.anchor IS NULL OR s.everything)
ELSE "Item Id" <> ALL (ARRAY(SELECT s.anchor::bigint FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.anchor IS NOT NULL)) AND NOT EXISTS (SELECT FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.everything) END) AS hashed) AS target
) AS compared;
