-- create Odd_Links_100%_{}_key before readers come
CREATE UNIQUE INDEX "Odd_Links_100%_{}_key" ON "app"."Odd_Links" ("100%", "{}" DESC);

-- create Odd_Links_100%_{}_key beside readers
CREATE UNIQUE INDEX CONCURRENTLY "Odd_Links_100%_{}_key" ON "app"."Odd_Links" ("100%", "{}" DESC);

-- comment on Odd_Links_100%_{}_key
COMMENT ON INDEX "app"."Odd_Links_100%_{}_key" IS 'denorm_assets app.Odd_Links 7bab971648e8';

-- drop Odd_Links_100%_{}_key
DROP INDEX CONCURRENTLY IF EXISTS "app"."Odd_Links_100%_{}_key";

-- add Odd_Links_100%_fkey
ALTER TABLE "app"."Odd_Links" ADD CONSTRAINT "Odd_Links_100%_fkey" FOREIGN KEY ("100%")
    REFERENCES "app"."Odd Tags" ("the ""tag""") ON UPDATE CASCADE ON DELETE CASCADE NOT VALID;

-- validate Odd_Links_100%_fkey
ALTER TABLE "app"."Odd_Links" VALIDATE CONSTRAINT "Odd_Links_100%_fkey";

-- orphans of Odd_Links_100%_fkey  at_most=20
SELECT CASE WHEN num_nonnulls("100%") = 1 THEN concat("100%") END AS value, count(*) AS rows FROM "app"."Odd_Links" AS held
WHERE "100%" IS NOT NULL AND true
    AND NOT EXISTS (SELECT FROM "app"."Odd Tags" AS referred WHERE "referred"."the ""tag""" = "held"."100%")
GROUP BY "100%" ORDER BY "100%" LIMIT %(at_most)s;

-- orphans of one key  at_most=20, value_0='5'
SELECT CASE WHEN num_nonnulls("100%") = 1 THEN concat("100%") END AS value, count(*) AS rows FROM "app"."Odd_Links" AS held
WHERE "100%" IS NOT NULL AND "Item Id" = %(value_0)s
    AND NOT EXISTS (SELECT FROM "app"."Odd Tags" AS referred WHERE "referred"."the ""tag""" = "held"."100%")
GROUP BY "100%" ORDER BY "100%" LIMIT %(at_most)s;
