-- create content_tags_tag_source_item_id_idx before readers come
CREATE INDEX "content_tags_tag_source_item_id_idx" ON "app"."content_tags" ("tag", "source", "item_id");

-- create content_tags_tag_source_item_id_idx beside readers
CREATE INDEX CONCURRENTLY "content_tags_tag_source_item_id_idx" ON "app"."content_tags" ("tag", "source", "item_id");

-- comment on content_tags_tag_source_item_id_idx
COMMENT ON INDEX "app"."content_tags_tag_source_item_id_idx" IS 'denorm_assets app.content_tags ca0e1cd492ad';

-- drop content_tags_tag_source_item_id_idx
DROP INDEX CONCURRENTLY IF EXISTS "app"."content_tags_tag_source_item_id_idx";

-- create content_tags_tag_source_item_id_idx to attach to
CREATE INDEX "content_tags_tag_source_item_id_idx" ON ONLY "app"."content_tags" ("tag", "source", "item_id");

-- attach to content_tags_tag_source_item_id_idx
ALTER INDEX "app"."content_tags_tag_source_item_id_idx" ATTACH PARTITION "app"."content_tags_tag_source_item_id_idx_1";

-- drop content_tags_tag_source_item_id_idx with its partitions'
DROP INDEX IF EXISTS "app"."content_tags_tag_source_item_id_idx";

-- add content_tags_items_item_id_fkey
ALTER TABLE "app"."content_tags_items" ADD CONSTRAINT "content_tags_items_item_id_fkey" FOREIGN KEY ("item_id")
    REFERENCES "app"."items" ("id") ON UPDATE CASCADE ON DELETE CASCADE NOT VALID;

-- validate content_tags_items_item_id_fkey
ALTER TABLE "app"."content_tags_items" VALIDATE CONSTRAINT "content_tags_items_item_id_fkey";

-- orphans of content_tags_item_id_fkey in items  at_most=20
SELECT CASE WHEN num_nonnulls("item_id") = 1 THEN concat("item_id") END AS value, count(*) AS rows FROM "app"."content_tags_items" AS held
WHERE "item_id" IS NOT NULL AND true
    AND NOT EXISTS (SELECT FROM "app"."items" AS referred WHERE "referred"."id" = "held"."item_id")
GROUP BY "item_id" ORDER BY "item_id" LIMIT %(at_most)s;

-- add content_tags_it's new_item_id_fkey
ALTER TABLE "app"."content_tags_it's new" ADD CONSTRAINT "content_tags_it's new_item_id_fkey" FOREIGN KEY ("item_id")
    REFERENCES "app"."others" ("id") ON UPDATE CASCADE ON DELETE CASCADE NOT VALID;

-- validate content_tags_it's new_item_id_fkey
ALTER TABLE "app"."content_tags_it's new" VALIDATE CONSTRAINT "content_tags_it's new_item_id_fkey";

-- orphans of content_tags_item_id_fkey in it's new  at_most=20
SELECT CASE WHEN num_nonnulls("item_id") = 1 THEN concat("item_id") END AS value, count(*) AS rows FROM "app"."content_tags_it's new" AS held
WHERE "item_id" IS NOT NULL AND true
    AND NOT EXISTS (SELECT FROM "app"."others" AS referred WHERE "referred"."id" = "held"."item_id")
GROUP BY "item_id" ORDER BY "item_id" LIMIT %(at_most)s;

-- add content_tags_items_tag_fkey
ALTER TABLE "app"."content_tags_items" ADD CONSTRAINT "content_tags_items_tag_fkey" FOREIGN KEY ("tag")
    REFERENCES "app"."tags" ("name") ON UPDATE CASCADE ON DELETE CASCADE NOT VALID;

-- validate content_tags_items_tag_fkey
ALTER TABLE "app"."content_tags_items" VALIDATE CONSTRAINT "content_tags_items_tag_fkey";

-- add content_tags_it's new_tag_fkey
ALTER TABLE "app"."content_tags_it's new" ADD CONSTRAINT "content_tags_it's new_tag_fkey" FOREIGN KEY ("tag")
    REFERENCES "app"."tags" ("name") ON UPDATE CASCADE ON DELETE CASCADE NOT VALID;

-- validate content_tags_it's new_tag_fkey
ALTER TABLE "app"."content_tags_it's new" VALIDATE CONSTRAINT "content_tags_it's new_tag_fkey";

-- orphans of content_tags_tag_fkey  at_most=20
SELECT CASE WHEN num_nonnulls("tag") = 1 THEN concat("tag") END AS value, count(*) AS rows FROM "app"."content_tags" AS held
WHERE "tag" IS NOT NULL AND true
    AND NOT EXISTS (SELECT FROM "app"."tags" AS referred WHERE "referred"."name" = "held"."tag")
GROUP BY "tag" ORDER BY "tag" LIMIT %(at_most)s;

-- orphans of one key  at_most=20, value_0='5'
SELECT CASE WHEN num_nonnulls("item_id") = 1 THEN concat("item_id") END AS value, count(*) AS rows FROM "app"."content_tags_items" AS held
WHERE "item_id" IS NOT NULL AND "source" = %(value_0)s
    AND NOT EXISTS (SELECT FROM "app"."items" AS referred WHERE "referred"."id" = "held"."item_id")
GROUP BY "item_id" ORDER BY "item_id" LIMIT %(at_most)s;
