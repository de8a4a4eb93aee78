-- choose
DECLARE "denorm_purge" NO SCROLL CURSOR WITH HOLD FOR
SELECT "held"."id"::text AS "key_0" FROM "app"."items" AS held WHERE "held"."deleted_at" < %(before)s ORDER BY "held"."deleted_at";

-- choose, a key of two columns
DECLARE "denorm_purge" NO SCROLL CURSOR WITH HOLD FOR
SELECT "held"."a %s"::text AS "key_0", "held"."B"::text AS "key_1" FROM "My Schema"."Or""der %s {x}" AS held WHERE "held"."deleted_at" < %(before)s ORDER BY "held"."deleted_at";

-- next batch
FETCH 500 FROM "denorm_purge";

-- end
CLOSE "denorm_purge";

-- lock
SELECT "held"."id"::text AS "key_0" FROM unnest(%(key_0)s::text[]) AS given (key_0) JOIN "app"."items" AS held ON "held"."id" = given.key_0::uuid
WHERE "held"."deleted_at" < %(before)s FOR UPDATE OF held SKIP LOCKED;

-- judge
SELECT "held"."id"::text AS "key_0", EXISTS (SELECT FROM "app"."notes" AS referring WHERE "referring"."item_id" = "held"."id") OR EXISTS (SELECT FROM "app"."items" AS referring WHERE "referring"."parent_id" = "held"."id" AND ("referring"."id") IS DISTINCT FROM ("held"."id")) AS referred, EXISTS (SELECT FROM "app"."notes" AS referring WHERE "referring"."item_id" = "held"."id" AND "referring"."deleted_at" IS NULL) OR EXISTS (SELECT FROM "app"."items" AS referring WHERE "referring"."parent_id" = "held"."id" AND ("referring"."id") IS DISTINCT FROM ("held"."id") AND "referring"."deleted_at" IS NULL) AS living
FROM unnest(%(key_0)s::text[]) AS given (key_0)
JOIN "app"."items" AS held ON "held"."id" = given.key_0::uuid;

-- judge in a dry run
SELECT "held"."id"::text AS "key_0", EXISTS (SELECT FROM "app"."notes" AS referring WHERE "referring"."item_id" = "held"."id" AND ("referring"."deleted_at" < %(before)s) IS NOT TRUE) OR EXISTS (SELECT FROM "app"."items" AS referring WHERE "referring"."parent_id" = "held"."id" AND ("referring"."id") IS DISTINCT FROM ("held"."id") AND ("referring"."deleted_at" < %(before)s) IS NOT TRUE) AS referred, EXISTS (SELECT FROM "app"."notes" AS referring WHERE "referring"."item_id" = "held"."id" AND "referring"."deleted_at" IS NULL) OR EXISTS (SELECT FROM "app"."items" AS referring WHERE "referring"."parent_id" = "held"."id" AND ("referring"."id") IS DISTINCT FROM ("held"."id") AND "referring"."deleted_at" IS NULL) AS living
FROM unnest(%(key_0)s::text[]) AS given (key_0)
JOIN "app"."items" AS held ON "held"."id" = given.key_0::uuid;

-- judge, two columns, no marks
SELECT "held"."a %s"::text AS "key_0", "held"."B"::text AS "key_1", EXISTS (SELECT FROM "app"."lines" AS referring WHERE "referring"."a" = "held"."a %s" AND "referring"."b" = "held"."B") AS referred, EXISTS (SELECT FROM "app"."lines" AS referring WHERE "referring"."a" = "held"."a %s" AND "referring"."b" = "held"."B") AS living
FROM unnest(%(key_0)s::text[], %(key_1)s::text[]) AS given (key_0, key_1)
JOIN "My Schema"."Or""der %s {x}" AS held ON "held"."a %s" = given.key_0::integer AND "held"."B" = given.key_1::character varying(20);

-- judge, nothing refers to it
SELECT "held"."id"::text AS "key_0", false AS referred, false AS living
FROM unnest(%(key_0)s::text[]) AS given (key_0)
JOIN "app"."items" AS held ON "held"."id" = given.key_0::uuid;

-- delete
DELETE FROM "My Schema"."Or""der %s {x}" AS held USING unnest(%(key_0)s::text[], %(key_1)s::text[]) AS given (key_0, key_1) WHERE "held"."a %s" = given.key_0::integer AND "held"."B" = given.key_1::character varying(20);
