-- digests  hi=UUID('ffffffff-ffff-ffff-ffff-ffffffffffff'), lo=UUID('ffffffff-ffff-ffff-ffff-ffffffffffff')
SELECT definition.row_count AS defined_rows, definition.checksum AS defined_checksum,
    target.row_count AS held_rows, target.checksum AS held_checksum
FROM (SELECT count(*) AS row_count, coalesce(sum(h), 0)::text AS checksum
FROM (SELECT uuid_hash_extended("item_id", hash_record_extended(ROW(hashtextextended(CASE WHEN num_nonnulls("body") = 1 THEN concat("body") END COLLATE "C", 0), hashtextextended(CASE WHEN num_nonnulls("spot") = 1 THEN concat("spot") END COLLATE "C", 0)), 0)) AS h FROM (SELECT id AS item_id, body, spot FROM items
) AS definition WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s) AS hashed) AS definition, (SELECT count(*) AS row_count, coalesce(sum(h), 0)::text AS checksum
FROM (SELECT uuid_hash_extended("item_id", hash_record_extended(ROW(hashtextextended(CASE WHEN num_nonnulls("body") = 1 THEN concat("body") END COLLATE "C", 0), hashtextextended(CASE WHEN num_nonnulls("spot") = 1 THEN concat("spot") END COLLATE "C", 0)), 0)) AS h FROM "app"."documents" WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s) AS hashed) AS target;

-- differing_rows  at_most=20, hi=UUID('ffffffff-ffff-ffff-ffff-ffffffffffff'), lo=UUID('ffffffff-ffff-ffff-ffff-ffffffffffff')
(SELECT 'missing' AS side, array_to_string(ARRAY['item_id=' || coalesce(CASE WHEN num_nonnulls("item_id") = 1 THEN concat("item_id") END, 'NULL')], ', ') AS key, array_to_string(ARRAY['item_id=' || coalesce(CASE WHEN num_nonnulls("item_id") = 1 THEN concat("item_id") END, 'NULL'), 'body=' || coalesce(CASE WHEN num_nonnulls("body") = 1 THEN concat("body") END, 'NULL'), 'spot=' || coalesce(CASE WHEN num_nonnulls("spot") = 1 THEN concat("spot") END, 'NULL')], ', ') AS row FROM (SELECT "item_id", CASE WHEN num_nonnulls("body") = 1 THEN concat("body") END COLLATE "C" AS "body", CASE WHEN num_nonnulls("spot") = 1 THEN concat("spot") END COLLATE "C" AS "spot" FROM (SELECT id AS item_id, body, spot FROM items
) AS definition WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s EXCEPT ALL SELECT "item_id", CASE WHEN num_nonnulls("body") = 1 THEN concat("body") END COLLATE "C" AS "body", CASE WHEN num_nonnulls("spot") = 1 THEN concat("spot") END COLLATE "C" AS "spot" FROM "app"."documents" WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s) AS d
 ORDER BY 2, 3 LIMIT %(at_most)s)
UNION ALL
(SELECT 'extra', array_to_string(ARRAY['item_id=' || coalesce(CASE WHEN num_nonnulls("item_id") = 1 THEN concat("item_id") END, 'NULL')], ', '), array_to_string(ARRAY['item_id=' || coalesce(CASE WHEN num_nonnulls("item_id") = 1 THEN concat("item_id") END, 'NULL'), 'body=' || coalesce(CASE WHEN num_nonnulls("body") = 1 THEN concat("body") END, 'NULL'), 'spot=' || coalesce(CASE WHEN num_nonnulls("spot") = 1 THEN concat("spot") END, 'NULL')], ', ') FROM (SELECT "item_id", CASE WHEN num_nonnulls("body") = 1 THEN concat("body") END COLLATE "C" AS "body", CASE WHEN num_nonnulls("spot") = 1 THEN concat("spot") END COLLATE "C" AS "spot" FROM "app"."documents" WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s EXCEPT ALL SELECT "item_id", CASE WHEN num_nonnulls("body") = 1 THEN concat("body") END COLLATE "C" AS "body", CASE WHEN num_nonnulls("spot") = 1 THEN concat("spot") END COLLATE "C" AS "spot" FROM (SELECT id AS item_id, body, spot FROM items
) AS definition WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s) AS d ORDER BY 2, 3 LIMIT %(at_most)s);

-- rows_apart  at_most=10
WITH defined AS MATERIALIZED (SELECT CASE WHEN num_nonnulls("item_id") = 1 THEN concat("item_id") END COLLATE "C" AS "item_id", CASE WHEN num_nonnulls("body") = 1 THEN concat("body") END COLLATE "C" AS "body", CASE WHEN num_nonnulls("spot") = 1 THEN concat("spot") END COLLATE "C" AS "spot" FROM (SELECT id AS item_id, body, spot FROM items
) AS definition),
    held AS MATERIALIZED (SELECT CASE WHEN num_nonnulls("item_id") = 1 THEN concat("item_id") END COLLATE "C" AS "item_id", CASE WHEN num_nonnulls("body") = 1 THEN concat("body") END COLLATE "C" AS "body", CASE WHEN num_nonnulls("spot") = 1 THEN concat("spot") END COLLATE "C" AS "spot" FROM "app"."documents")
(SELECT 'missing' AS side, ARRAY[CASE WHEN num_nonnulls("item_id") = 1 THEN concat("item_id") END, CASE WHEN num_nonnulls("body") = 1 THEN concat("body") END, CASE WHEN num_nonnulls("spot") = 1 THEN concat("spot") END] AS shown, count(*) OVER () AS row_count
 FROM (TABLE defined EXCEPT ALL TABLE held) AS d ORDER BY 2 LIMIT %(at_most)s)
UNION ALL
(SELECT 'extra', ARRAY[CASE WHEN num_nonnulls("item_id") = 1 THEN concat("item_id") END, CASE WHEN num_nonnulls("body") = 1 THEN concat("body") END, CASE WHEN num_nonnulls("spot") = 1 THEN concat("spot") END], count(*) OVER ()
 FROM (TABLE held EXCEPT ALL TABLE defined) AS d ORDER BY 2 LIMIT %(at_most)s);

-- count_by_side  hi=UUID('ffffffff-ffff-ffff-ffff-ffffffffffff'), lo=UUID('ffffffff-ffff-ffff-ffff-ffffffffffff')
SELECT (SELECT count(*) FROM (SELECT "item_id", CASE WHEN num_nonnulls("body") = 1 THEN concat("body") END COLLATE "C" AS "body", CASE WHEN num_nonnulls("spot") = 1 THEN concat("spot") END COLLATE "C" AS "spot" FROM (SELECT id AS item_id, body, spot FROM items
) AS definition WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s EXCEPT ALL SELECT "item_id", CASE WHEN num_nonnulls("body") = 1 THEN concat("body") END COLLATE "C" AS "body", CASE WHEN num_nonnulls("spot") = 1 THEN concat("spot") END COLLATE "C" AS "spot" FROM "app"."documents" WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s) AS d) AS missing,
    (SELECT count(*) FROM (SELECT "item_id", CASE WHEN num_nonnulls("body") = 1 THEN concat("body") END COLLATE "C" AS "body", CASE WHEN num_nonnulls("spot") = 1 THEN concat("spot") END COLLATE "C" AS "spot" FROM "app"."documents" WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s EXCEPT ALL SELECT "item_id", CASE WHEN num_nonnulls("body") = 1 THEN concat("body") END COLLATE "C" AS "body", CASE WHEN num_nonnulls("spot") = 1 THEN concat("spot") END COLLATE "C" AS "spot" FROM (SELECT id AS item_id, body, spot FROM items
) AS definition WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s) AS d) AS extra;

-- held_by_source
SELECT (SELECT count(*) FROM "app"."documents" WHERE true) AS row_count,
    (SELECT "item_id" FROM "app"."documents" WHERE true AND "item_id" IS NOT NULL ORDER BY "item_id" LIMIT 1) AS smallest,
    (SELECT "item_id" FROM "app"."documents" WHERE true AND "item_id" IS NOT NULL ORDER BY "item_id" DESC LIMIT 1) AS greatest;
