-- add_column
ALTER TABLE "app"."per_tag" ADD COLUMN "note" numeric(10,2);

-- comment_on_column
COMMENT ON COLUMN "app"."per_tag"."note" IS 'denorm_assets added it';

-- drop_column
ALTER TABLE "app"."per_tag" DROP COLUMN "note";

-- allow_null
ALTER TABLE "app"."per_tag" ALTER COLUMN "note" DROP NOT NULL;

-- drop_foreign_key
ALTER TABLE "app"."per_tag" DROP CONSTRAINT IF EXISTS "some_fkey";

-- settled_digests  model_id=7
SELECT compared.*, EXISTS (
    SELECT FROM denorm.stale_anchors(%(model_id)s) AS s WHERE s.everything) AS undetermined
FROM (
SELECT definition.row_count AS defined_rows, definition.checksum AS defined_checksum,
    target.row_count AS held_rows, target.checksum AS held_checksum
FROM (SELECT count(*) AS row_count, coalesce(sum(h), 0)::text AS checksum
FROM (SELECT hashint8extended("item_id", hash_record_extended(ROW("tag", "label", "note"), 0)) AS h FROM (SELECT id AS item_id, tag, label, note FROM items
) AS definition WHERE NOT coalesce("item_id"::text = ANY (ARRAY(SELECT s.anchor FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.anchor IS NOT NULL)), EXISTS (SELECT FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.anchor IS NULL AND NOT s.everything))) AS hashed) AS definition, (SELECT count(*) AS row_count, coalesce(sum(h), 0)::text AS checksum
FROM (SELECT hashint8extended("item_id", hash_record_extended(ROW("tag", "label", "note"), 0)) AS h FROM "app"."per_tag" WHERE NOT coalesce("item_id"::text = ANY (ARRAY(SELECT s.anchor FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.anchor IS NOT NULL)), EXISTS (SELECT FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.anchor IS NULL AND NOT s.everything))) AS hashed) AS target
) AS compared;
