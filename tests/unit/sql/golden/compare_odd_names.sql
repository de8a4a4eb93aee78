-- digests  hi=5, lo=5
SELECT definition.row_count AS defined_rows, definition.checksum AS defined_checksum,
    target.row_count AS held_rows, target.checksum AS held_checksum
FROM (SELECT count(*) AS row_count, coalesce(sum(h), 0)::text AS checksum
FROM (SELECT hashint8extended("Item Id", hash_record_extended(ROW("100%", "{}"), 0)) AS h FROM (SELECT "It's".id AS "Item Id", "the ""tag""" AS "100%", '{braces} %s' AS "{}"
FROM "Odd Items" AS "It's" WHERE "the ""tag""" LIKE '%x%' -- all of them
) AS definition WHERE "Item Id" >= %(lo)s AND "Item Id" <= %(hi)s AND "{}" = '{braces} %s') AS hashed) AS definition, (SELECT count(*) AS row_count, coalesce(sum(h), 0)::text AS checksum
FROM (SELECT hashint8extended("Item Id", hash_record_extended(ROW("100%", "{}"), 0)) AS h FROM "app"."Odd_Links" WHERE "Item Id" >= %(lo)s AND "Item Id" <= %(hi)s AND "{}" = '{braces} %s') AS hashed) AS target;

-- differing_rows  at_most=20, hi=5, lo=5
(SELECT 'missing' AS side, array_to_string(ARRAY['Item Id=' || coalesce(CASE WHEN num_nonnulls("Item Id") = 1 THEN concat("Item Id") END, 'NULL'), '100%=' || coalesce(CASE WHEN num_nonnulls("100%") = 1 THEN concat("100%") END, 'NULL')], ', ') AS key, array_to_string(ARRAY['Item Id=' || coalesce(CASE WHEN num_nonnulls("Item Id") = 1 THEN concat("Item Id") END, 'NULL'), '100%=' || coalesce(CASE WHEN num_nonnulls("100%") = 1 THEN concat("100%") END, 'NULL'), '{}=' || coalesce(CASE WHEN num_nonnulls("{}") = 1 THEN concat("{}") END, 'NULL')], ', ') AS row FROM (SELECT "Item Id", "100%", "{}" FROM (SELECT "It's".id AS "Item Id", "the ""tag""" AS "100%", '{braces} %s' AS "{}"
FROM "Odd Items" AS "It's" WHERE "the ""tag""" LIKE '%x%' -- all of them
) AS definition WHERE "Item Id" >= %(lo)s AND "Item Id" <= %(hi)s AND "{}" = '{braces} %s' EXCEPT ALL SELECT "Item Id", "100%", "{}" FROM "app"."Odd_Links" WHERE "Item Id" >= %(lo)s AND "Item Id" <= %(hi)s AND "{}" = '{braces} %s') AS d
 ORDER BY 2, 3 LIMIT %(at_most)s)
UNION ALL
(SELECT 'extra', array_to_string(ARRAY['Item Id=' || coalesce(CASE WHEN num_nonnulls("Item Id") = 1 THEN concat("Item Id") END, 'NULL'), '100%=' || coalesce(CASE WHEN num_nonnulls("100%") = 1 THEN concat("100%") END, 'NULL')], ', '), array_to_string(ARRAY['Item Id=' || coalesce(CASE WHEN num_nonnulls("Item Id") = 1 THEN concat("Item Id") END, 'NULL'), '100%=' || coalesce(CASE WHEN num_nonnulls("100%") = 1 THEN concat("100%") END, 'NULL'), '{}=' || coalesce(CASE WHEN num_nonnulls("{}") = 1 THEN concat("{}") END, 'NULL')], ', ') FROM (SELECT "Item Id", "100%", "{}" FROM "app"."Odd_Links" WHERE "Item Id" >= %(lo)s AND "Item Id" <= %(hi)s AND "{}" = '{braces} %s' EXCEPT ALL SELECT "Item Id", "100%", "{}" FROM (SELECT "It's".id AS "Item Id", "the ""tag""" AS "100%", '{braces} %s' AS "{}"
FROM "Odd Items" AS "It's" WHERE "the ""tag""" LIKE '%x%' -- all of them
) AS definition WHERE "Item Id" >= %(lo)s AND "Item Id" <= %(hi)s AND "{}" = '{braces} %s') AS d ORDER BY 2, 3 LIMIT %(at_most)s);

-- rows_apart  at_most=10
WITH defined AS MATERIALIZED (SELECT CASE WHEN num_nonnulls("Item Id") = 1 THEN concat("Item Id") END COLLATE "C" AS "Item Id", CASE WHEN num_nonnulls("100%") = 1 THEN concat("100%") END COLLATE "C" AS "100%", CASE WHEN num_nonnulls("{}") = 1 THEN concat("{}") END COLLATE "C" AS "{}" FROM (SELECT "It's".id AS "Item Id", "the ""tag""" AS "100%", '{braces} %s' AS "{}"
FROM "Odd Items" AS "It's" WHERE "the ""tag""" LIKE '%x%' -- all of them
) AS definition),
    held AS MATERIALIZED (SELECT CASE WHEN num_nonnulls("Item Id") = 1 THEN concat("Item Id") END COLLATE "C" AS "Item Id", CASE WHEN num_nonnulls("100%") = 1 THEN concat("100%") END COLLATE "C" AS "100%", CASE WHEN num_nonnulls("{}") = 1 THEN concat("{}") END COLLATE "C" AS "{}" FROM "app"."Odd_Links")
(SELECT 'missing' AS side, ARRAY[CASE WHEN num_nonnulls("Item Id") = 1 THEN concat("Item Id") END, CASE WHEN num_nonnulls("100%") = 1 THEN concat("100%") END, CASE WHEN num_nonnulls("{}") = 1 THEN concat("{}") END] AS shown, count(*) OVER () AS row_count
 FROM (TABLE defined EXCEPT ALL TABLE held) AS d ORDER BY 2 LIMIT %(at_most)s)
UNION ALL
(SELECT 'extra', ARRAY[CASE WHEN num_nonnulls("Item Id") = 1 THEN concat("Item Id") END, CASE WHEN num_nonnulls("100%") = 1 THEN concat("100%") END, CASE WHEN num_nonnulls("{}") = 1 THEN concat("{}") END], count(*) OVER ()
 FROM (TABLE held EXCEPT ALL TABLE defined) AS d ORDER BY 2 LIMIT %(at_most)s);

-- count_by_side  hi=5, lo=5
SELECT (SELECT count(*) FROM (SELECT "Item Id", "100%", "{}" FROM (SELECT "It's".id AS "Item Id", "the ""tag""" AS "100%", '{braces} %s' AS "{}"
FROM "Odd Items" AS "It's" WHERE "the ""tag""" LIKE '%x%' -- all of them
) AS definition WHERE "Item Id" >= %(lo)s AND "Item Id" <= %(hi)s AND "{}" = '{braces} %s' EXCEPT ALL SELECT "Item Id", "100%", "{}" FROM "app"."Odd_Links" WHERE "Item Id" >= %(lo)s AND "Item Id" <= %(hi)s AND "{}" = '{braces} %s') AS d) AS missing,
    (SELECT count(*) FROM (SELECT "Item Id", "100%", "{}" FROM "app"."Odd_Links" WHERE "Item Id" >= %(lo)s AND "Item Id" <= %(hi)s AND "{}" = '{braces} %s' EXCEPT ALL SELECT "Item Id", "100%", "{}" FROM (SELECT "It's".id AS "Item Id", "the ""tag""" AS "100%", '{braces} %s' AS "{}"
FROM "Odd Items" AS "It's" WHERE "the ""tag""" LIKE '%x%' -- all of them
) AS definition WHERE "Item Id" >= %(lo)s AND "Item Id" <= %(hi)s AND "{}" = '{braces} %s') AS d) AS extra;

-- held_by_source
SELECT (SELECT count(*) FROM "app"."Odd_Links" WHERE true AND "{}" = '{braces} %s') AS row_count,
    (SELECT "Item Id" FROM "app"."Odd_Links" WHERE true AND "{}" = '{braces} %s' AND "Item Id" IS NOT NULL ORDER BY "Item Id" LIMIT 1) AS smallest,
    (SELECT "Item Id" FROM "app"."Odd_Links" WHERE true AND "{}" = '{braces} %s' AND "Item Id" IS NOT NULL ORDER BY "Item Id" DESC LIMIT 1) AS greatest;
