-- digests  hi=5, lo=5
SELECT definition.row_count AS defined_rows, definition.checksum AS defined_checksum,
    target.row_count AS held_rows, target.checksum AS held_checksum
FROM (SELECT count(*) AS row_count, coalesce(sum(h), 0)::text AS checksum
FROM (SELECT hashint8extended("id", hash_record_extended(ROW("kind", "title"), 0)) AS h FROM (SELECT id, 'item' AS kind, title FROM items UNION ALL SELECT id, 'note', body FROM notes
) AS definition WHERE "id" >= %(lo)s AND "id" <= %(hi)s AND "kind" = 'note') AS hashed) AS definition, (SELECT count(*) AS row_count, coalesce(sum(h), 0)::text AS checksum
FROM (SELECT hashint8extended("id", hash_record_extended(ROW("kind", "title"), 0)) AS h FROM "app"."feed" WHERE "id" >= %(lo)s AND "id" <= %(hi)s AND "kind" = 'note') AS hashed) AS target;

-- differing_rows  at_most=20, hi=5, lo=5
(SELECT 'missing' AS side, array_to_string(ARRAY['id=' || coalesce(CASE WHEN num_nonnulls("id") = 1 THEN concat("id") END, 'NULL'), 'kind=' || coalesce(CASE WHEN num_nonnulls("kind") = 1 THEN concat("kind") END, 'NULL')], ', ') AS key, array_to_string(ARRAY['id=' || coalesce(CASE WHEN num_nonnulls("id") = 1 THEN concat("id") END, 'NULL'), 'kind=' || coalesce(CASE WHEN num_nonnulls("kind") = 1 THEN concat("kind") END, 'NULL'), 'title=' || coalesce(CASE WHEN num_nonnulls("title") = 1 THEN concat("title") END, 'NULL')], ', ') AS row FROM (SELECT "id", "kind", "title" FROM (SELECT id, 'item' AS kind, title FROM items UNION ALL SELECT id, 'note', body FROM notes
) AS definition WHERE "id" >= %(lo)s AND "id" <= %(hi)s AND "kind" = 'note' EXCEPT ALL SELECT "id", "kind", "title" FROM "app"."feed" WHERE "id" >= %(lo)s AND "id" <= %(hi)s AND "kind" = 'note') AS d
 ORDER BY 2, 3 LIMIT %(at_most)s)
UNION ALL
(SELECT 'extra', array_to_string(ARRAY['id=' || coalesce(CASE WHEN num_nonnulls("id") = 1 THEN concat("id") END, 'NULL'), 'kind=' || coalesce(CASE WHEN num_nonnulls("kind") = 1 THEN concat("kind") END, 'NULL')], ', '), array_to_string(ARRAY['id=' || coalesce(CASE WHEN num_nonnulls("id") = 1 THEN concat("id") END, 'NULL'), 'kind=' || coalesce(CASE WHEN num_nonnulls("kind") = 1 THEN concat("kind") END, 'NULL'), 'title=' || coalesce(CASE WHEN num_nonnulls("title") = 1 THEN concat("title") END, 'NULL')], ', ') FROM (SELECT "id", "kind", "title" FROM "app"."feed" WHERE "id" >= %(lo)s AND "id" <= %(hi)s AND "kind" = 'note' EXCEPT ALL SELECT "id", "kind", "title" FROM (SELECT id, 'item' AS kind, title FROM items UNION ALL SELECT id, 'note', body FROM notes
) AS definition WHERE "id" >= %(lo)s AND "id" <= %(hi)s AND "kind" = 'note') AS d ORDER BY 2, 3 LIMIT %(at_most)s);

-- rows_apart  at_most=10
WITH defined AS MATERIALIZED (SELECT CASE WHEN num_nonnulls("id") = 1 THEN concat("id") END COLLATE "C" AS "id", CASE WHEN num_nonnulls("kind") = 1 THEN concat("kind") END COLLATE "C" AS "kind", CASE WHEN num_nonnulls("title") = 1 THEN concat("title") END COLLATE "C" AS "title" FROM (SELECT id, 'item' AS kind, title FROM items UNION ALL SELECT id, 'note', body FROM notes
) AS definition),
    held AS MATERIALIZED (SELECT CASE WHEN num_nonnulls("id") = 1 THEN concat("id") END COLLATE "C" AS "id", CASE WHEN num_nonnulls("kind") = 1 THEN concat("kind") END COLLATE "C" AS "kind", CASE WHEN num_nonnulls("title") = 1 THEN concat("title") END COLLATE "C" AS "title" FROM "app"."feed")
(SELECT 'missing' AS side, ARRAY[CASE WHEN num_nonnulls("id") = 1 THEN concat("id") END, CASE WHEN num_nonnulls("kind") = 1 THEN concat("kind") END, CASE WHEN num_nonnulls("title") = 1 THEN concat("title") END] AS shown, count(*) OVER () AS row_count
 FROM (TABLE defined EXCEPT ALL TABLE held) AS d ORDER BY 2 LIMIT %(at_most)s)
UNION ALL
(SELECT 'extra', ARRAY[CASE WHEN num_nonnulls("id") = 1 THEN concat("id") END, CASE WHEN num_nonnulls("kind") = 1 THEN concat("kind") END, CASE WHEN num_nonnulls("title") = 1 THEN concat("title") END], count(*) OVER ()
 FROM (TABLE held EXCEPT ALL TABLE defined) AS d ORDER BY 2 LIMIT %(at_most)s);

-- count_by_side  hi=5, lo=5
SELECT (SELECT count(*) FROM (SELECT "id", "kind", "title" FROM (SELECT id, 'item' AS kind, title FROM items UNION ALL SELECT id, 'note', body FROM notes
) AS definition WHERE "id" >= %(lo)s AND "id" <= %(hi)s AND "kind" = 'note' EXCEPT ALL SELECT "id", "kind", "title" FROM "app"."feed" WHERE "id" >= %(lo)s AND "id" <= %(hi)s AND "kind" = 'note') AS d) AS missing,
    (SELECT count(*) FROM (SELECT "id", "kind", "title" FROM "app"."feed" WHERE "id" >= %(lo)s AND "id" <= %(hi)s AND "kind" = 'note' EXCEPT ALL SELECT "id", "kind", "title" FROM (SELECT id, 'item' AS kind, title FROM items UNION ALL SELECT id, 'note', body FROM notes
) AS definition WHERE "id" >= %(lo)s AND "id" <= %(hi)s AND "kind" = 'note') AS d) AS extra;

-- held_by_source
SELECT (SELECT count(*) FROM "app"."feed" WHERE true AND "kind" = 'note') AS row_count,
    (SELECT "id" FROM "app"."feed" WHERE true AND "kind" = 'note' AND "id" IS NOT NULL ORDER BY "id" LIMIT 1) AS smallest,
    (SELECT "id" FROM "app"."feed" WHERE true AND "kind" = 'note' AND "id" IS NOT NULL ORDER BY "id" DESC LIMIT 1) AS greatest;
