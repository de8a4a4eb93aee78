-- batch_end  hi=UUID('ffffffff-ffff-ffff-ffff-ffffffffffff'), lo=UUID('ffffffff-ffff-ffff-ffff-ffffffffffff'), skip=99
SELECT "id" AS id FROM "app"."items" WHERE "id" >= %(lo)s AND "id" <= %(hi)s ORDER BY "id" OFFSET %(skip)s LIMIT 1;

-- holds_rows  hi=UUID('ffffffff-ffff-ffff-ffff-ffffffffffff'), lo=UUID('ffffffff-ffff-ffff-ffff-ffffffffffff')
SELECT EXISTS (SELECT FROM "app"."documents" WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s) AS present;

-- insert  hi=UUID('ffffffff-ffff-ffff-ffff-ffffffffffff'), lo=UUID('ffffffff-ffff-ffff-ffff-ffffffffffff')
INSERT INTO "app"."documents" ("item_id", "body", "spot")
SELECT "item_id", "body", "spot" FROM (SELECT id AS item_id, body, spot FROM items
) AS definition WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s
ORDER BY "item_id";

-- stage  hi=UUID('ffffffff-ffff-ffff-ffff-ffffffffffff'), lo=UUID('ffffffff-ffff-ffff-ffff-ffffffffffff')
CREATE TEMPORARY TABLE "pg_temp"."denorm_stage" ON COMMIT DROP AS
SELECT "item_id", "body", "spot" FROM (SELECT id AS item_id, body, spot FROM items
) AS definition WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s;

-- analyze_stage
ANALYZE "pg_temp"."denorm_stage";

-- remove_stale  hi=UUID('ffffffff-ffff-ffff-ffff-ffffffffffff'), lo=UUID('ffffffff-ffff-ffff-ffff-ffffffffffff')
DELETE FROM "app"."documents" AS held WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s AND NOT EXISTS (
    SELECT FROM "pg_temp"."denorm_stage" AS wanted WHERE "held"."item_id" = "wanted"."item_id"
);

-- upsert  hi=UUID('ffffffff-ffff-ffff-ffff-ffffffffffff'), lo=UUID('ffffffff-ffff-ffff-ffff-ffffffffffff')
INSERT INTO "app"."documents" ("item_id", "body", "spot")
SELECT "item_id", "body", "spot" FROM "pg_temp"."denorm_stage" AS wanted
WHERE NOT EXISTS (SELECT FROM "app"."documents" AS held WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s AND "held"."item_id" = "wanted"."item_id" AND ROW("held"."body", "held"."spot")::record *= ROW("wanted"."body", "wanted"."spot")::record)
ORDER BY "item_id"
ON CONFLICT ("item_id") DO UPDATE SET "body" = "excluded"."body", "spot" = "excluded"."spot";

-- duplicate_keys  at_most=5, hi=UUID('ffffffff-ffff-ffff-ffff-ffffffffffff'), lo=UUID('ffffffff-ffff-ffff-ffff-ffffffffffff')
SELECT array_to_string(ARRAY['item_id=' || coalesce(CASE WHEN num_nonnulls("item_id") = 1 THEN concat("item_id") END, 'NULL')], ', ') AS key, count(*) AS rows
FROM (SELECT id AS item_id, body, spot FROM items
) AS definition WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s
GROUP BY "item_id" HAVING count(*) > 1 ORDER BY "item_id" LIMIT %(at_most)s;
