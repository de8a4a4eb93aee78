-- batch_end  hi=5, lo=5, skip=99
SELECT "id" AS id FROM "app"."Odd Items" WHERE "id" >= %(lo)s AND "id" <= %(hi)s ORDER BY "id" OFFSET %(skip)s LIMIT 1;

-- holds_rows  hi=5, lo=5
SELECT EXISTS (SELECT FROM "app"."Odd_Links" WHERE "Item Id" >= %(lo)s AND "Item Id" <= %(hi)s AND "{}" = '{braces} %s') AS present;

-- insert  hi=5, lo=5
INSERT INTO "app"."Odd_Links" ("Item Id", "100%", "{}")
SELECT "Item Id", "100%", "{}" FROM (SELECT "It's".id AS "Item Id", "the ""tag""" AS "100%", '{braces} %s' AS "{}"
FROM "Odd Items" AS "It's" WHERE "the ""tag""" LIKE '%x%' -- all of them
) AS definition WHERE "Item Id" >= %(lo)s AND "Item Id" <= %(hi)s AND "{}" = '{braces} %s'
ORDER BY "Item Id", "100%";

-- stage  hi=5, lo=5
CREATE TEMPORARY TABLE "pg_temp"."denorm_stage" ON COMMIT DROP AS
SELECT "Item Id", "100%", "{}" FROM (SELECT "It's".id AS "Item Id", "the ""tag""" AS "100%", '{braces} %s' AS "{}"
FROM "Odd Items" AS "It's" WHERE "the ""tag""" LIKE '%x%' -- all of them
) AS definition WHERE "Item Id" >= %(lo)s AND "Item Id" <= %(hi)s AND "{}" = '{braces} %s';

-- analyze_stage
ANALYZE "pg_temp"."denorm_stage";

-- remove_stale  hi=5, lo=5
DELETE FROM "app"."Odd_Links" AS held WHERE "Item Id" >= %(lo)s AND "Item Id" <= %(hi)s AND "{}" = '{braces} %s' AND NOT EXISTS (
    SELECT FROM "pg_temp"."denorm_stage" AS wanted WHERE "held"."Item Id" = "wanted"."Item Id" AND "held"."100%" = "wanted"."100%"
);

-- upsert  hi=5, lo=5
INSERT INTO "app"."Odd_Links" ("Item Id", "100%", "{}")
SELECT "Item Id", "100%", "{}" FROM "pg_temp"."denorm_stage" AS wanted
WHERE NOT EXISTS (SELECT FROM "app"."Odd_Links" AS held WHERE "Item Id" >= %(lo)s AND "Item Id" <= %(hi)s AND "{}" = '{braces} %s' AND "held"."Item Id" = "wanted"."Item Id" AND "held"."100%" = "wanted"."100%" AND ROW("held"."{}")::record *= ROW("wanted"."{}")::record)
ORDER BY "Item Id", "100%"
ON CONFLICT ("Item Id", "100%") DO UPDATE SET "{}" = "excluded"."{}";

-- duplicate_keys  at_most=5, hi=5, lo=5
SELECT array_to_string(ARRAY['Item Id=' || coalesce(CASE WHEN num_nonnulls("Item Id") = 1 THEN concat("Item Id") END, 'NULL'), '100%=' || coalesce(CASE WHEN num_nonnulls("100%") = 1 THEN concat("100%") END, 'NULL')], ', ') AS key, count(*) AS rows
FROM (SELECT "It's".id AS "Item Id", "the ""tag""" AS "100%", '{braces} %s' AS "{}"
FROM "Odd Items" AS "It's" WHERE "the ""tag""" LIKE '%x%' -- all of them
) AS definition WHERE "Item Id" >= %(lo)s AND "Item Id" <= %(hi)s AND "{}" = '{braces} %s'
GROUP BY "Item Id", "100%" HAVING count(*) > 1 ORDER BY "Item Id", "100%" LIMIT %(at_most)s;
