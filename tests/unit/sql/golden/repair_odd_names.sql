-- differing_anchors  at_most=5, hi=5, lo=5
SELECT DISTINCT anchor, missing, extra, altered FROM (
    SELECT CASE WHEN num_nonnulls("held"."Item Id") = 1 THEN concat("held"."Item Id") END AS held_anchor, CASE WHEN num_nonnulls("wanted"."Item Id") = 1 THEN concat("wanted"."Item Id") END AS wanted_anchor,
        denorm_held IS NOT DISTINCT FROM NULL AS is_missing, denorm_wanted IS NOT DISTINCT FROM NULL AS is_extra,
        count(*) FILTER (WHERE denorm_held IS NOT DISTINCT FROM NULL) OVER () AS missing,
        count(*) FILTER (WHERE denorm_wanted IS NOT DISTINCT FROM NULL) OVER () AS extra,
        count(*) FILTER (WHERE NOT (denorm_held IS NOT DISTINCT FROM NULL OR denorm_wanted IS NOT DISTINCT FROM NULL)) OVER () AS altered
    FROM (SELECT denorm_row AS denorm_wanted, ROW("{}")::record AS denorm_wanted_rest, "Item Id", "100%" FROM (
SELECT "Item Id", "100%", "{}" FROM (SELECT "It's".id AS "Item Id", "the ""tag""" AS "100%", '{braces} %s' AS "{}"
FROM "Odd Items" AS "It's" WHERE "the ""tag""" LIKE '%x%' -- all of them
) AS definition WHERE "Item Id" >= %(lo)s AND "Item Id" <= %(hi)s AND "{}" = '{braces} %s'
) AS denorm_row) AS wanted
FULL JOIN (
    SELECT denorm_row AS denorm_held, ROW("{}")::record AS denorm_held_rest, "Item Id", "100%"
    FROM (SELECT "Item Id", "100%", "{}" FROM "app"."Odd_Links" WHERE "Item Id" >= %(lo)s AND "Item Id" <= %(hi)s AND "{}" = '{braces} %s') AS denorm_row
) AS held ON "held"."Item Id" = "wanted"."Item Id" AND "held"."100%" = "wanted"."100%"
WHERE (denorm_held_rest *= denorm_wanted_rest) IS NOT TRUE
) AS differing CROSS JOIN LATERAL (
    SELECT held_anchor WHERE NOT is_missing UNION SELECT wanted_anchor WHERE NOT is_extra
) AS of_row (anchor)
ORDER BY anchor LIMIT %(at_most)s;

-- differing_images  at_most=5, hi=5, lo=5
SELECT jsonb_build_object('Item Id', coalesce(held."Item Id", wanted."Item Id"), '100%', coalesce(held."100%", wanted."100%")) AS key, to_jsonb(denorm_held) AS before, to_jsonb(denorm_wanted) AS after
FROM (SELECT denorm_row AS denorm_wanted, ROW("{}")::record AS denorm_wanted_rest, "Item Id", "100%" FROM (
SELECT "Item Id", "100%", "{}" FROM (SELECT "It's".id AS "Item Id", "the ""tag""" AS "100%", '{braces} %s' AS "{}"
FROM "Odd Items" AS "It's" WHERE "the ""tag""" LIKE '%x%' -- all of them
) AS definition WHERE "Item Id" >= %(lo)s AND "Item Id" <= %(hi)s AND "{}" = '{braces} %s'
) AS denorm_row) AS wanted
FULL JOIN (
    SELECT denorm_row AS denorm_held, ROW("{}")::record AS denorm_held_rest, "Item Id", "100%"
    FROM (SELECT "Item Id", "100%", "{}" FROM "app"."Odd_Links" WHERE "Item Id" >= %(lo)s AND "Item Id" <= %(hi)s AND "{}" = '{braces} %s') AS denorm_row
) AS held ON "held"."Item Id" = "wanted"."Item Id" AND "held"."100%" = "wanted"."100%"
WHERE (denorm_held_rest *= denorm_wanted_rest) IS NOT TRUE
ORDER BY 1 LIMIT %(at_most)s;

-- audit  hi=5, lo=5
INSERT INTO denorm.audit (reconciliation_id, segment, cause, key, before, after)
SELECT %(reconciliation_id)s, %(segment)s, %(cause)s, jsonb_build_object('Item Id', coalesce(held."Item Id", wanted."Item Id"), '100%', coalesce(held."100%", wanted."100%")) AS key, to_jsonb(denorm_held) AS before, to_jsonb(denorm_wanted) AS after
FROM (SELECT denorm_row AS denorm_wanted, ROW("{}")::record AS denorm_wanted_rest, "Item Id", "100%" FROM "pg_temp"."denorm_stage" AS denorm_row) AS wanted
FULL JOIN (
    SELECT denorm_row AS denorm_held, ROW("{}")::record AS denorm_held_rest, "Item Id", "100%"
    FROM (SELECT "Item Id", "100%", "{}" FROM "app"."Odd_Links" WHERE "Item Id" >= %(lo)s AND "Item Id" <= %(hi)s AND "{}" = '{braces} %s') AS denorm_row
) AS held ON "held"."Item Id" = "wanted"."Item Id" AND "held"."100%" = "wanted"."100%"
WHERE (denorm_held_rest *= denorm_wanted_rest) IS NOT TRUE;

-- anchor_quantiles  hi=5, lo=5, rows=1000
SELECT CASE WHEN num_nonnulls(anchor) = 1 THEN concat(anchor) END AS anchor FROM (
    SELECT DISTINCT anchor FROM (
        SELECT "Item Id" AS anchor, row_number() OVER (ORDER BY "Item Id") AS position
        FROM "app"."Odd_Links" WHERE "Item Id" >= %(lo)s AND "Item Id" <= %(hi)s AND "{}" = '{braces} %s' AND "Item Id" IS NOT NULL
    ) AS numbered WHERE mod(position, %(rows)s) = 0
) AS bounds ORDER BY bounds.anchor;

-- younger_rows  anchors=['7']
SELECT count(*) FILTER (WHERE age(held.xmin) < age(source.xmin)) AS younger,
    count(*) FILTER (WHERE age(held.xmin) >= age(source.xmin)) AS older
FROM "app"."Odd_Links" AS held JOIN "app"."Odd Items" AS source ON "held"."Item Id" = "source"."id"
WHERE "held"."Item Id" = ANY (%(anchors)s::text[]::bigint[]);

-- first_anchors  up_to='7'
"Item Id" <= %(up_to)s::text::bigint;

-- further_anchors  after='7', up_to='9'
"Item Id" > %(after)s::text::bigint AND "Item Id" <= %(up_to)s::text::bigint;

-- last_anchors  after='9'
("Item Id" > %(after)s::text::bigint OR "Item Id" IS NULL);
