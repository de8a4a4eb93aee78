-- batch_end  hi=5, lo=5, skip=99
SELECT "id" AS id FROM "app"."notes" WHERE "id" >= %(lo)s AND "id" <= %(hi)s ORDER BY "id" OFFSET %(skip)s LIMIT 1;

-- holds_rows  hi=5, lo=5
SELECT EXISTS (SELECT FROM "app"."feed" WHERE "id" >= %(lo)s AND "id" <= %(hi)s AND "kind" = 'note') AS present;

-- insert  hi=5, lo=5
INSERT INTO "app"."feed" ("id", "kind", "title")
SELECT "id", "kind", "title" FROM (SELECT id, 'item' AS kind, title FROM items UNION ALL SELECT id, 'note', body FROM notes
) AS definition WHERE "id" >= %(lo)s AND "id" <= %(hi)s AND "kind" = 'note'
ORDER BY "id", "kind";

-- stage  hi=5, lo=5
CREATE TEMPORARY TABLE "pg_temp"."denorm_stage" ON COMMIT DROP AS
SELECT "id", "kind", "title" FROM (SELECT id, 'item' AS kind, title FROM items UNION ALL SELECT id, 'note', body FROM notes
) AS definition WHERE "id" >= %(lo)s AND "id" <= %(hi)s AND "kind" = 'note';

-- analyze_stage
ANALYZE "pg_temp"."denorm_stage";

-- remove_stale  hi=5, lo=5
DELETE FROM "app"."feed" AS held WHERE "id" >= %(lo)s AND "id" <= %(hi)s AND "kind" = 'note' AND NOT EXISTS (
    SELECT FROM "pg_temp"."denorm_stage" AS wanted WHERE "held"."id" = "wanted"."id" AND ROW("held"."kind")::record = ROW("wanted"."kind")::record
);

-- upsert  hi=5, lo=5
INSERT INTO "app"."feed" ("id", "kind", "title")
SELECT "id", "kind", "title" FROM "pg_temp"."denorm_stage" AS wanted
WHERE NOT EXISTS (SELECT FROM "app"."feed" AS held WHERE "id" >= %(lo)s AND "id" <= %(hi)s AND "kind" = 'note' AND "held"."id" = "wanted"."id" AND ROW("held"."kind")::record = ROW("wanted"."kind")::record AND ROW("held"."title")::record *= ROW("wanted"."title")::record)
ORDER BY "id", "kind"
ON CONFLICT ("id", "kind") DO UPDATE SET "title" = "excluded"."title";

-- duplicate_keys  at_most=5, hi=5, lo=5
SELECT array_to_string(ARRAY['id=' || coalesce(CASE WHEN num_nonnulls("id") = 1 THEN concat("id") END, 'NULL'), 'kind=' || coalesce(CASE WHEN num_nonnulls("kind") = 1 THEN concat("kind") END, 'NULL')], ', ') AS key, count(*) AS rows
FROM (SELECT id, 'item' AS kind, title FROM items UNION ALL SELECT id, 'note', body FROM notes
) AS definition WHERE "id" >= %(lo)s AND "id" <= %(hi)s AND "kind" = 'note'
GROUP BY "id", "kind" HAVING count(*) > 1 ORDER BY "id", "kind" LIMIT %(at_most)s;
