-- add_column
ALTER TABLE "app"."links" ADD COLUMN "note" text;

-- comment_on_column
COMMENT ON COLUMN "app"."links"."note" IS 'denorm_assets added it';

-- drop_column
ALTER TABLE "app"."links" DROP COLUMN "note";

-- allow_null
ALTER TABLE "app"."links" ALTER COLUMN "note" DROP NOT NULL;

-- drop_foreign_key
ALTER TABLE "app"."links" DROP CONSTRAINT IF EXISTS "some_fkey";

-- settled_digests  model_id=7
SELECT compared.*, EXISTS (
    SELECT FROM denorm.stale_anchors(%(model_id)s) AS s WHERE s.everything) AS undetermined
FROM (
SELECT definition.row_count AS defined_rows, definition.checksum AS defined_checksum,
    target.row_count AS held_rows, target.checksum AS held_checksum
FROM (SELECT count(*) AS row_count, coalesce(sum(h), 0)::text AS checksum
FROM (SELECT hashtextextended("tag", hashint8extended("item_id", hash_record_extended(ROW("note"), 0))) AS h FROM (SELECT id AS item_id, tag, note
FROM items
) AS definition WHERE CASE WHEN "item_id" IS NULL THEN NOT EXISTS (SELECT FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.anchor IS NULL OR s.everything)
ELSE "item_id" <> ALL (ARRAY(SELECT s.anchor::bigint FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.anchor IS NOT NULL)) AND NOT EXISTS (SELECT FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.everything) END) AS hashed) AS definition, (SELECT count(*) AS row_count, coalesce(sum(h), 0)::text AS checksum
FROM (SELECT hashtextextended("tag", hashint8extended("item_id", hash_record_extended(ROW("note"), 0))) AS h FROM "app"."links" WHERE CASE WHEN "item_id" IS NULL THEN NOT EXISTS (SELECT FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.anchor IS NULL OR s.everything)
ELSE "item_id" <> ALL (ARRAY(SELECT s.anchor::bigint FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.anchor IS NOT NULL)) AND NOT EXISTS (SELECT FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.everything) END) AS hashed) AS target
) AS compared;
