-- add_column
ALTER TABLE "app"."documents" ADD COLUMN "spot" point;

-- comment_on_column
COMMENT ON COLUMN "app"."documents"."spot" IS 'denorm_assets added it';

-- drop_column
ALTER TABLE "app"."documents" DROP COLUMN "spot";

-- allow_null
ALTER TABLE "app"."documents" ALTER COLUMN "spot" DROP NOT NULL;

-- drop_foreign_key
ALTER TABLE "app"."documents" DROP CONSTRAINT IF EXISTS "some_fkey";

-- settled_digests  model_id=7
SELECT compared.*, EXISTS (
    SELECT FROM denorm.stale_anchors(%(model_id)s) AS s WHERE s.everything) AS undetermined
FROM (
SELECT definition.row_count AS defined_rows, definition.checksum AS defined_checksum,
    target.row_count AS held_rows, target.checksum AS held_checksum
FROM (SELECT count(*) AS row_count, coalesce(sum(h), 0)::text AS checksum
FROM (SELECT uuid_hash_extended("item_id", hash_record_extended(ROW(hashtextextended("body"::text, 0), hashtextextended("spot"::text, 0)), 0)) AS h FROM (SELECT id AS item_id, body, spot FROM items
) AS definition WHERE NOT coalesce("item_id"::text = ANY (ARRAY(SELECT s.anchor FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.anchor IS NOT NULL)), EXISTS (SELECT FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.anchor IS NULL AND NOT s.everything))) AS hashed) AS definition, (SELECT count(*) AS row_count, coalesce(sum(h), 0)::text AS checksum
FROM (SELECT uuid_hash_extended("item_id", hash_record_extended(ROW(hashtextextended("body"::text, 0), hashtextextended("spot"::text, 0)), 0)) AS h FROM "app"."documents" WHERE NOT coalesce("item_id"::text = ANY (ARRAY(SELECT s.anchor FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.anchor IS NOT NULL)), EXISTS (SELECT FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.anchor IS NULL AND NOT s.everything))) AS hashed) AS target
) AS compared;
