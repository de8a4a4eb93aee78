-- add_column
ALTER TABLE "app"."pairs" ADD COLUMN "tag" text;

-- comment_on_column
COMMENT ON COLUMN "app"."pairs"."tag" IS 'denorm_assets added it';

-- drop_column
ALTER TABLE "app"."pairs" DROP COLUMN "tag";

-- allow_null
ALTER TABLE "app"."pairs" ALTER COLUMN "tag" DROP NOT NULL;

-- drop_foreign_key
ALTER TABLE "app"."pairs" DROP CONSTRAINT IF EXISTS "some_fkey";

-- settled_digests  model_id=7
SELECT compared.*, EXISTS (
    SELECT FROM denorm.stale_anchors(%(model_id)s) AS s WHERE s.everything) AS undetermined
FROM (
SELECT definition.row_count AS defined_rows, definition.checksum AS defined_checksum,
    target.row_count AS held_rows, target.checksum AS held_checksum
FROM (SELECT count(*) AS row_count, coalesce(sum(h), 0)::text AS checksum
FROM (SELECT hashtextextended("tag", hashint8extended("item_id", 0)) AS h FROM (SELECT DISTINCT id AS item_id, tag FROM items
) AS definition WHERE NOT coalesce("item_id"::text = ANY (ARRAY(SELECT s.anchor FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.anchor IS NOT NULL)), EXISTS (SELECT FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.anchor IS NULL AND NOT s.everything))) AS hashed) AS definition, (SELECT count(*) AS row_count, coalesce(sum(h), 0)::text AS checksum
FROM (SELECT hashtextextended("tag", hashint8extended("item_id", 0)) AS h FROM "app"."pairs" WHERE NOT coalesce("item_id"::text = ANY (ARRAY(SELECT s.anchor FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.anchor IS NOT NULL)), EXISTS (SELECT FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.anchor IS NULL AND NOT s.everything))) AS hashed) AS target
) AS compared;
