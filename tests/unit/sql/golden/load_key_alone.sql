-- batch_end  hi=5, lo=5, skip=99
SELECT "id" AS id FROM "app"."items" WHERE "id" >= %(lo)s AND "id" <= %(hi)s ORDER BY "id" OFFSET %(skip)s LIMIT 1;

-- holds_rows  hi=5, lo=5
SELECT EXISTS (SELECT FROM "app"."pairs" WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s) AS present;

-- insert  hi=5, lo=5
INSERT INTO "app"."pairs" ("item_id", "tag")
SELECT "item_id", "tag" FROM (SELECT DISTINCT id AS item_id, tag FROM items
) AS definition WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s
ORDER BY "item_id", "tag";

-- stage  hi=5, lo=5
CREATE TEMPORARY TABLE "pg_temp"."denorm_stage" ON COMMIT DROP AS
SELECT "item_id", "tag" FROM (SELECT DISTINCT id AS item_id, tag FROM items
) AS definition WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s;

-- analyze_stage
ANALYZE "pg_temp"."denorm_stage";

-- remove_stale  hi=5, lo=5
DELETE FROM "app"."pairs" AS held WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s AND NOT EXISTS (
    SELECT FROM "pg_temp"."denorm_stage" AS wanted WHERE "held"."item_id" = "wanted"."item_id" AND "held"."tag" = "wanted"."tag"
);

-- upsert  hi=5, lo=5
INSERT INTO "app"."pairs" ("item_id", "tag")
SELECT "item_id", "tag" FROM "pg_temp"."denorm_stage" AS wanted
WHERE NOT EXISTS (SELECT FROM "app"."pairs" AS held WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s AND "held"."item_id" = "wanted"."item_id" AND "held"."tag" = "wanted"."tag")
ORDER BY "item_id", "tag"
ON CONFLICT ("item_id", "tag") DO NOTHING;

-- duplicate_keys  at_most=5, hi=5, lo=5
SELECT array_to_string(ARRAY['item_id=' || coalesce(CASE WHEN num_nonnulls("item_id") = 1 THEN concat("item_id") END, 'NULL'), 'tag=' || coalesce(CASE WHEN num_nonnulls("tag") = 1 THEN concat("tag") END, 'NULL')], ', ') AS key, count(*) AS rows
FROM (SELECT DISTINCT id AS item_id, tag FROM items
) AS definition WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s
GROUP BY "item_id", "tag" HAVING count(*) > 1 ORDER BY "item_id", "tag" LIMIT %(at_most)s;
