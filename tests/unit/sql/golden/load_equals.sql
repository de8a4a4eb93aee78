-- batch_end  hi=5, lo=5, skip=99
SELECT "id" AS id FROM "app"."items" WHERE "id" >= %(lo)s AND "id" <= %(hi)s ORDER BY "id" OFFSET %(skip)s LIMIT 1;

-- holds_rows  hi=5, lo=5
SELECT EXISTS (SELECT FROM "app"."prices" WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s) AS present;

-- insert  hi=5, lo=5
INSERT INTO "app"."prices" ("item_id", "price", "paid", "tag")
SELECT "item_id", "price", "paid", "tag" FROM (SELECT id AS item_id, price, max(paid) AS paid, tag FROM items GROUP BY id, price, tag
) AS definition WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s
ORDER BY "item_id", "price";

-- stage  hi=5, lo=5
CREATE TEMPORARY TABLE "pg_temp"."denorm_stage" ON COMMIT DROP AS
SELECT "item_id", "price", "paid", "tag" FROM (SELECT id AS item_id, price, max(paid) AS paid, tag FROM items GROUP BY id, price, tag
) AS definition WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s;

-- analyze_stage
ANALYZE "pg_temp"."denorm_stage";

-- remove_stale  hi=5, lo=5
DELETE FROM "app"."prices" AS held WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s AND NOT EXISTS (
    SELECT FROM "pg_temp"."denorm_stage" AS wanted WHERE "held"."item_id" = "wanted"."item_id" AND "held"."price" = "wanted"."price"
);

-- upsert  hi=5, lo=5
INSERT INTO "app"."prices" ("item_id", "price", "paid", "tag")
SELECT "item_id", "price", "paid", "tag" FROM "pg_temp"."denorm_stage" AS wanted
WHERE NOT EXISTS (SELECT FROM "app"."prices" AS held WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s AND "held"."item_id" = "wanted"."item_id" AND "held"."price" = "wanted"."price" AND ROW("held"."price", "held"."paid", "held"."tag")::record *= ROW("wanted"."price", "wanted"."paid", "wanted"."tag")::record)
ORDER BY "item_id", "price"
ON CONFLICT ("item_id", "price") DO UPDATE SET "price" = "excluded"."price", "paid" = "excluded"."paid", "tag" = "excluded"."tag";

-- duplicate_keys  at_most=5, hi=5, lo=5
SELECT array_to_string(ARRAY['item_id=' || coalesce(CASE WHEN num_nonnulls("item_id") = 1 THEN concat("item_id") END, 'NULL'), 'price=' || coalesce(CASE WHEN num_nonnulls("price") = 1 THEN concat("price") END, 'NULL')], ', ') AS key, count(*) AS rows
FROM (SELECT id AS item_id, price, max(paid) AS paid, tag FROM items GROUP BY id, price, tag
) AS definition WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s
GROUP BY "item_id", "price" HAVING count(*) > 1 ORDER BY "item_id", "price" LIMIT %(at_most)s;
