-- digests  hi=5, lo=5
SELECT definition.row_count AS defined_rows, definition.checksum AS defined_checksum,
    target.row_count AS held_rows, target.checksum AS held_checksum
FROM (SELECT count(*) AS row_count, coalesce(sum(h), 0)::text AS checksum
FROM (SELECT hashint8extended("item_id", hash_record_extended(ROW("tag", "label", "note"), 0)) AS h FROM (SELECT id AS item_id, tag, label, note FROM items
) AS definition WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s) AS hashed) AS definition, (SELECT count(*) AS row_count, coalesce(sum(h), 0)::text AS checksum
FROM (SELECT hashint8extended("item_id", hash_record_extended(ROW("tag", "label", "note"), 0)) AS h FROM "app"."per_tag" WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s) AS hashed) AS target;

-- differing_rows  at_most=20, hi=5, lo=5
(SELECT 'missing' AS side, array_to_string(ARRAY['item_id=' || coalesce(CASE WHEN num_nonnulls("item_id") = 1 THEN concat("item_id") END, 'NULL'), 'tag=' || coalesce(CASE WHEN num_nonnulls("tag") = 1 THEN concat("tag") END, 'NULL'), 'label=' || coalesce(CASE WHEN num_nonnulls("label") = 1 THEN concat("label") END, 'NULL')], ', ') AS key, array_to_string(ARRAY['item_id=' || coalesce(CASE WHEN num_nonnulls("item_id") = 1 THEN concat("item_id") END, 'NULL'), 'tag=' || coalesce(CASE WHEN num_nonnulls("tag") = 1 THEN concat("tag") END, 'NULL'), 'label=' || coalesce(CASE WHEN num_nonnulls("label") = 1 THEN concat("label") END, 'NULL'), 'note=' || coalesce(CASE WHEN num_nonnulls("note") = 1 THEN concat("note") END, 'NULL')], ', ') AS row FROM (SELECT "item_id", "tag", "label", "note" FROM (SELECT id AS item_id, tag, label, note FROM items
) AS definition WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s EXCEPT ALL SELECT "item_id", "tag", "label", "note" FROM "app"."per_tag" WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s) AS d
 ORDER BY 2, 3 LIMIT %(at_most)s)
UNION ALL
(SELECT 'extra', array_to_string(ARRAY['item_id=' || coalesce(CASE WHEN num_nonnulls("item_id") = 1 THEN concat("item_id") END, 'NULL'), 'tag=' || coalesce(CASE WHEN num_nonnulls("tag") = 1 THEN concat("tag") END, 'NULL'), 'label=' || coalesce(CASE WHEN num_nonnulls("label") = 1 THEN concat("label") END, 'NULL')], ', '), array_to_string(ARRAY['item_id=' || coalesce(CASE WHEN num_nonnulls("item_id") = 1 THEN concat("item_id") END, 'NULL'), 'tag=' || coalesce(CASE WHEN num_nonnulls("tag") = 1 THEN concat("tag") END, 'NULL'), 'label=' || coalesce(CASE WHEN num_nonnulls("label") = 1 THEN concat("label") END, 'NULL'), 'note=' || coalesce(CASE WHEN num_nonnulls("note") = 1 THEN concat("note") END, 'NULL')], ', ') FROM (SELECT "item_id", "tag", "label", "note" FROM "app"."per_tag" WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s EXCEPT ALL SELECT "item_id", "tag", "label", "note" FROM (SELECT id AS item_id, tag, label, note FROM items
) AS definition WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s) AS d ORDER BY 2, 3 LIMIT %(at_most)s);

-- rows_apart  at_most=10
WITH defined AS MATERIALIZED (SELECT CASE WHEN num_nonnulls("item_id") = 1 THEN concat("item_id") END COLLATE "C" AS "item_id", CASE WHEN num_nonnulls("tag") = 1 THEN concat("tag") END COLLATE "C" AS "tag", CASE WHEN num_nonnulls("label") = 1 THEN concat("label") END COLLATE "C" AS "label", CASE WHEN num_nonnulls("note") = 1 THEN concat("note") END COLLATE "C" AS "note" FROM (SELECT id AS item_id, tag, label, note FROM items
) AS definition),
    held AS MATERIALIZED (SELECT CASE WHEN num_nonnulls("item_id") = 1 THEN concat("item_id") END COLLATE "C" AS "item_id", CASE WHEN num_nonnulls("tag") = 1 THEN concat("tag") END COLLATE "C" AS "tag", CASE WHEN num_nonnulls("label") = 1 THEN concat("label") END COLLATE "C" AS "label", CASE WHEN num_nonnulls("note") = 1 THEN concat("note") END COLLATE "C" AS "note" FROM "app"."per_tag")
(SELECT 'missing' AS side, ARRAY[CASE WHEN num_nonnulls("item_id") = 1 THEN concat("item_id") END, CASE WHEN num_nonnulls("tag") = 1 THEN concat("tag") END, CASE WHEN num_nonnulls("label") = 1 THEN concat("label") END, CASE WHEN num_nonnulls("note") = 1 THEN concat("note") END] AS shown, count(*) OVER () AS row_count
 FROM (TABLE defined EXCEPT ALL TABLE held) AS d ORDER BY 2 LIMIT %(at_most)s)
UNION ALL
(SELECT 'extra', ARRAY[CASE WHEN num_nonnulls("item_id") = 1 THEN concat("item_id") END, CASE WHEN num_nonnulls("tag") = 1 THEN concat("tag") END, CASE WHEN num_nonnulls("label") = 1 THEN concat("label") END, CASE WHEN num_nonnulls("note") = 1 THEN concat("note") END], count(*) OVER ()
 FROM (TABLE held EXCEPT ALL TABLE defined) AS d ORDER BY 2 LIMIT %(at_most)s);

-- count_by_side  hi=5, lo=5
SELECT (SELECT count(*) FROM (SELECT "item_id", "tag", "label", "note" FROM (SELECT id AS item_id, tag, label, note FROM items
) AS definition WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s EXCEPT ALL SELECT "item_id", "tag", "label", "note" FROM "app"."per_tag" WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s) AS d) AS missing,
    (SELECT count(*) FROM (SELECT "item_id", "tag", "label", "note" FROM "app"."per_tag" WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s EXCEPT ALL SELECT "item_id", "tag", "label", "note" FROM (SELECT id AS item_id, tag, label, note FROM items
) AS definition WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s) AS d) AS extra;

-- held_by_source
SELECT (SELECT count(*) FROM "app"."per_tag" WHERE true) AS row_count,
    (SELECT "item_id" FROM "app"."per_tag" WHERE true AND "item_id" IS NOT NULL ORDER BY "item_id" LIMIT 1) AS smallest,
    (SELECT "item_id" FROM "app"."per_tag" WHERE true AND "item_id" IS NOT NULL ORDER BY "item_id" DESC LIMIT 1) AS greatest;
