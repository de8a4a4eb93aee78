-- create links_tag_item_id_key before readers come
CREATE UNIQUE INDEX "links_tag_item_id_key" ON "app"."links" ("tag", "item_id");

-- create links_tag_item_id_key beside readers
CREATE UNIQUE INDEX CONCURRENTLY "links_tag_item_id_key" ON "app"."links" ("tag", "item_id");

-- comment on links_tag_item_id_key
COMMENT ON INDEX "app"."links_tag_item_id_key" IS 'denorm_assets app.links a517cf168512';

-- drop links_tag_item_id_key
DROP INDEX CONCURRENTLY IF EXISTS "app"."links_tag_item_id_key";

-- create by_note before readers come
CREATE INDEX "by_note" ON "app"."links" ("note" DESC NULLS LAST);

-- create by_note beside readers
CREATE INDEX CONCURRENTLY "by_note" ON "app"."links" ("note" DESC NULLS LAST);

-- comment on by_note
COMMENT ON INDEX "app"."by_note" IS 'denorm_assets app.links 0d9acfa7e1d5';

-- drop by_note
DROP INDEX CONCURRENTLY IF EXISTS "app"."by_note";

-- add links_item_id_fkey
ALTER TABLE "app"."links" ADD CONSTRAINT "links_item_id_fkey" FOREIGN KEY ("item_id")
    REFERENCES "app"."items" ("id") ON UPDATE CASCADE ON DELETE CASCADE NOT VALID;

-- validate links_item_id_fkey
ALTER TABLE "app"."links" VALIDATE CONSTRAINT "links_item_id_fkey";

-- orphans of links_item_id_fkey  at_most=20
SELECT CASE WHEN num_nonnulls("item_id") = 1 THEN concat("item_id") END AS value, count(*) AS rows FROM "app"."links" AS held
WHERE "item_id" IS NOT NULL AND true
    AND NOT EXISTS (SELECT FROM "app"."items" AS referred WHERE "referred"."id" = "held"."item_id")
GROUP BY "item_id" ORDER BY "item_id" LIMIT %(at_most)s;

-- add links_tag_fkey
ALTER TABLE "app"."links" ADD CONSTRAINT "links_tag_fkey" FOREIGN KEY ("tag")
    REFERENCES "other"."tags" ("name") ON UPDATE CASCADE ON DELETE CASCADE NOT VALID;

-- validate links_tag_fkey
ALTER TABLE "app"."links" VALIDATE CONSTRAINT "links_tag_fkey";

-- orphans of links_tag_fkey  at_most=20
SELECT CASE WHEN num_nonnulls("tag") = 1 THEN concat("tag") END AS value, count(*) AS rows FROM "app"."links" AS held
WHERE "tag" IS NOT NULL AND true
    AND NOT EXISTS (SELECT FROM "other"."tags" AS referred WHERE "referred"."name" = "held"."tag")
GROUP BY "tag" ORDER BY "tag" LIMIT %(at_most)s;

-- orphans of one key  at_most=20, value_0='5'
SELECT CASE WHEN num_nonnulls("item_id") = 1 THEN concat("item_id") END AS value, count(*) AS rows FROM "app"."links" AS held
WHERE "item_id" IS NOT NULL AND "item_id" = %(value_0)s
    AND NOT EXISTS (SELECT FROM "app"."items" AS referred WHERE "referred"."id" = "held"."item_id")
GROUP BY "item_id" ORDER BY "item_id" LIMIT %(at_most)s;
