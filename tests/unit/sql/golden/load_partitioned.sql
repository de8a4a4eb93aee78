-- batch_end  hi=5, lo=5, skip=99
SELECT "id" AS id FROM "app"."others" WHERE "id" >= %(lo)s AND "id" <= %(hi)s ORDER BY "id" OFFSET %(skip)s LIMIT 1;

-- holds_rows  hi=5, lo=5
SELECT EXISTS (SELECT FROM "app"."content_tags" WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s AND "source" = 'it''s new') AS present;

-- insert  hi=5, lo=5
INSERT INTO "app"."content_tags" ("source", "item_id", "tag")
SELECT "source", "item_id", "tag" FROM (SELECT 'items' AS source, id AS item_id, tag FROM items UNION ALL SELECT 'it''s new', id, tag FROM others
) AS definition WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s AND "source" = 'it''s new'
ORDER BY "source", "item_id", "tag";

-- stage  hi=5, lo=5
CREATE TEMPORARY TABLE "pg_temp"."denorm_stage" ON COMMIT DROP AS
SELECT "source", "item_id", "tag" FROM (SELECT 'items' AS source, id AS item_id, tag FROM items UNION ALL SELECT 'it''s new', id, tag FROM others
) AS definition WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s AND "source" = 'it''s new';

-- analyze_stage
ANALYZE "pg_temp"."denorm_stage";

-- remove_stale  hi=5, lo=5
DELETE FROM "app"."content_tags" AS held WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s AND "source" = 'it''s new' AND NOT EXISTS (
    SELECT FROM "pg_temp"."denorm_stage" AS wanted WHERE "held"."source" = "wanted"."source" AND "held"."item_id" = "wanted"."item_id" AND "held"."tag" = "wanted"."tag"
);

-- upsert  hi=5, lo=5
INSERT INTO "app"."content_tags" ("source", "item_id", "tag")
SELECT "source", "item_id", "tag" FROM "pg_temp"."denorm_stage" AS wanted
WHERE NOT EXISTS (SELECT FROM "app"."content_tags" AS held WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s AND "source" = 'it''s new' AND "held"."source" = "wanted"."source" AND "held"."item_id" = "wanted"."item_id" AND "held"."tag" = "wanted"."tag")
ORDER BY "source", "item_id", "tag"
ON CONFLICT ("source", "item_id", "tag") DO NOTHING;

-- duplicate_keys  at_most=5, hi=5, lo=5
SELECT array_to_string(ARRAY['source=' || coalesce(CASE WHEN num_nonnulls("source") = 1 THEN concat("source") END, 'NULL'), 'item_id=' || coalesce(CASE WHEN num_nonnulls("item_id") = 1 THEN concat("item_id") END, 'NULL'), 'tag=' || coalesce(CASE WHEN num_nonnulls("tag") = 1 THEN concat("tag") END, 'NULL')], ', ') AS key, count(*) AS rows
FROM (SELECT 'items' AS source, id AS item_id, tag FROM items UNION ALL SELECT 'it''s new', id, tag FROM others
) AS definition WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s AND "source" = 'it''s new'
GROUP BY "source", "item_id", "tag" HAVING count(*) > 1 ORDER BY "source", "item_id", "tag" LIMIT %(at_most)s;
