-- add_column
ALTER TABLE "app"."feed" ADD COLUMN "title" text;

-- comment_on_column
COMMENT ON COLUMN "app"."feed"."title" IS 'denorm_assets added it';

-- drop_column
ALTER TABLE "app"."feed" DROP COLUMN "title";

-- allow_null
ALTER TABLE "app"."feed" ALTER COLUMN "title" DROP NOT NULL;

-- drop_foreign_key
ALTER TABLE "app"."feed" DROP CONSTRAINT IF EXISTS "some_fkey";

-- settled_digests  model_id=7
SELECT compared.*, EXISTS (
    SELECT FROM denorm.stale_anchors(%(model_id)s) AS s WHERE s.everything) AS undetermined
FROM (
SELECT definition.row_count AS defined_rows, definition.checksum AS defined_checksum,
    target.row_count AS held_rows, target.checksum AS held_checksum
FROM (SELECT count(*) AS row_count, coalesce(sum(h), 0)::text AS checksum
FROM (SELECT hashint8extended("id", hash_record_extended(ROW("kind", "title"), 0)) AS h FROM (SELECT id, 'item' AS kind, title FROM items UNION ALL SELECT id, 'note', body FROM notes
) AS definition WHERE NOT coalesce("id"::text = ANY (ARRAY(SELECT s.anchor FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.anchor IS NOT NULL)), EXISTS (SELECT FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.anchor IS NULL AND NOT s.everything))) AS hashed) AS definition, (SELECT count(*) AS row_count, coalesce(sum(h), 0)::text AS checksum
FROM (SELECT hashint8extended("id", hash_record_extended(ROW("kind", "title"), 0)) AS h FROM "app"."feed" WHERE NOT coalesce("id"::text = ANY (ARRAY(SELECT s.anchor FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.anchor IS NOT NULL)), EXISTS (SELECT FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.anchor IS NULL AND NOT s.everything))) AS hashed) AS target
) AS compared;
