-- differing_anchors  at_most=5, hi=5, lo=5
SELECT DISTINCT anchor, missing, extra, altered FROM (
    SELECT CASE WHEN num_nonnulls("held"."item_id") = 1 THEN concat("held"."item_id") END AS held_anchor, CASE WHEN num_nonnulls("wanted"."item_id") = 1 THEN concat("wanted"."item_id") END AS wanted_anchor,
        denorm_held IS NOT DISTINCT FROM NULL AS is_missing, denorm_wanted IS NOT DISTINCT FROM NULL AS is_extra,
        count(*) FILTER (WHERE denorm_held IS NOT DISTINCT FROM NULL) OVER () AS missing,
        count(*) FILTER (WHERE denorm_wanted IS NOT DISTINCT FROM NULL) OVER () AS extra,
        count(*) FILTER (WHERE NOT (denorm_held IS NOT DISTINCT FROM NULL OR denorm_wanted IS NOT DISTINCT FROM NULL)) OVER () AS altered
    FROM (SELECT denorm_row AS denorm_wanted, ROW("note")::record AS denorm_wanted_rest, "item_id", "tag", "label" FROM (
SELECT "item_id", "tag", "label", "note" FROM (SELECT id AS item_id, tag, label, note FROM items
) AS definition WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s
) AS denorm_row) AS wanted
FULL JOIN (
    SELECT denorm_row AS denorm_held, ROW("note")::record AS denorm_held_rest, "item_id", "tag", "label"
    FROM (SELECT "item_id", "tag", "label", "note" FROM "app"."per_tag" WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s) AS denorm_row
) AS held ON "held"."item_id" = "wanted"."item_id" AND ROW("held"."tag", "held"."label")::record = ROW("wanted"."tag", "wanted"."label")::record
WHERE (denorm_held_rest *= denorm_wanted_rest) IS NOT TRUE
) AS differing CROSS JOIN LATERAL (
    SELECT held_anchor WHERE NOT is_missing UNION SELECT wanted_anchor WHERE NOT is_extra
) AS of_row (anchor)
ORDER BY anchor LIMIT %(at_most)s;

-- differing_images  at_most=5, hi=5, lo=5
SELECT jsonb_build_object('item_id', coalesce(held."item_id", wanted."item_id"), 'tag', coalesce(held."tag", wanted."tag"), 'label', coalesce(held."label", wanted."label")) AS key, to_jsonb(denorm_held) AS before, to_jsonb(denorm_wanted) AS after
FROM (SELECT denorm_row AS denorm_wanted, ROW("note")::record AS denorm_wanted_rest, "item_id", "tag", "label" FROM (
SELECT "item_id", "tag", "label", "note" FROM (SELECT id AS item_id, tag, label, note FROM items
) AS definition WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s
) AS denorm_row) AS wanted
FULL JOIN (
    SELECT denorm_row AS denorm_held, ROW("note")::record AS denorm_held_rest, "item_id", "tag", "label"
    FROM (SELECT "item_id", "tag", "label", "note" FROM "app"."per_tag" WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s) AS denorm_row
) AS held ON "held"."item_id" = "wanted"."item_id" AND ROW("held"."tag", "held"."label")::record = ROW("wanted"."tag", "wanted"."label")::record
WHERE (denorm_held_rest *= denorm_wanted_rest) IS NOT TRUE
ORDER BY 1 LIMIT %(at_most)s;

-- audit  hi=5, lo=5
INSERT INTO denorm.audit (reconciliation_id, segment, cause, key, before, after)
SELECT %(reconciliation_id)s, %(segment)s, %(cause)s, jsonb_build_object('item_id', coalesce(held."item_id", wanted."item_id"), 'tag', coalesce(held."tag", wanted."tag"), 'label', coalesce(held."label", wanted."label")) AS key, to_jsonb(denorm_held) AS before, to_jsonb(denorm_wanted) AS after
FROM (SELECT denorm_row AS denorm_wanted, ROW("note")::record AS denorm_wanted_rest, "item_id", "tag", "label" FROM "pg_temp"."denorm_stage" AS denorm_row) AS wanted
FULL JOIN (
    SELECT denorm_row AS denorm_held, ROW("note")::record AS denorm_held_rest, "item_id", "tag", "label"
    FROM (SELECT "item_id", "tag", "label", "note" FROM "app"."per_tag" WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s) AS denorm_row
) AS held ON "held"."item_id" = "wanted"."item_id" AND ROW("held"."tag", "held"."label")::record = ROW("wanted"."tag", "wanted"."label")::record
WHERE (denorm_held_rest *= denorm_wanted_rest) IS NOT TRUE;

-- anchor_quantiles  hi=5, lo=5, rows=1000
SELECT CASE WHEN num_nonnulls(anchor) = 1 THEN concat(anchor) END AS anchor FROM (
    SELECT DISTINCT anchor FROM (
        SELECT "item_id" AS anchor, row_number() OVER (ORDER BY "item_id") AS position
        FROM "app"."per_tag" WHERE "item_id" >= %(lo)s AND "item_id" <= %(hi)s AND "item_id" IS NOT NULL
    ) AS numbered WHERE mod(position, %(rows)s) = 0
) AS bounds ORDER BY bounds.anchor;

-- younger_rows  anchors=['7']
SELECT count(*) FILTER (WHERE age(held.xmin) < age(source.xmin)) AS younger,
    count(*) FILTER (WHERE age(held.xmin) >= age(source.xmin)) AS older
FROM "app"."per_tag" AS held JOIN "app"."items" AS source ON "held"."item_id" = "source"."id"
WHERE "held"."item_id" = ANY (%(anchors)s::text[]::bigint[]);

-- first_anchors  up_to='7'
"item_id" <= %(up_to)s::text::bigint;

-- further_anchors  after='7', up_to='9'
"item_id" > %(after)s::text::bigint AND "item_id" <= %(up_to)s::text::bigint;

-- last_anchors  after='9'
("item_id" > %(after)s::text::bigint OR "item_id" IS NULL);
