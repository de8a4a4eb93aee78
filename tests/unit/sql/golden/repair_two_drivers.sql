-- differing_anchors  at_most=5, hi=5, lo=5
SELECT DISTINCT anchor, missing, extra, altered FROM (
    SELECT CASE WHEN num_nonnulls("held"."id") = 1 THEN concat("held"."id") END AS held_anchor, CASE WHEN num_nonnulls("wanted"."id") = 1 THEN concat("wanted"."id") END AS wanted_anchor,
        denorm_held IS NOT DISTINCT FROM NULL AS is_missing, denorm_wanted IS NOT DISTINCT FROM NULL AS is_extra,
        count(*) FILTER (WHERE denorm_held IS NOT DISTINCT FROM NULL) OVER () AS missing,
        count(*) FILTER (WHERE denorm_wanted IS NOT DISTINCT FROM NULL) OVER () AS extra,
        count(*) FILTER (WHERE NOT (denorm_held IS NOT DISTINCT FROM NULL OR denorm_wanted IS NOT DISTINCT FROM NULL)) OVER () AS altered
    FROM (SELECT denorm_row AS denorm_wanted, ROW("title")::record AS denorm_wanted_rest, "id", "kind" FROM (
SELECT "id", "kind", "title" FROM (SELECT id, 'item' AS kind, title FROM items UNION ALL SELECT id, 'note', body FROM notes
) AS definition WHERE "id" >= %(lo)s AND "id" <= %(hi)s AND "kind" = 'note'
) AS denorm_row) AS wanted
FULL JOIN (
    SELECT denorm_row AS denorm_held, ROW("title")::record AS denorm_held_rest, "id", "kind"
    FROM (SELECT "id", "kind", "title" FROM "app"."feed" WHERE "id" >= %(lo)s AND "id" <= %(hi)s AND "kind" = 'note') AS denorm_row
) AS held ON "held"."id" = "wanted"."id" AND ROW("held"."kind")::record = ROW("wanted"."kind")::record
WHERE (denorm_held_rest *= denorm_wanted_rest) IS NOT TRUE
) AS differing CROSS JOIN LATERAL (
    SELECT held_anchor WHERE NOT is_missing UNION SELECT wanted_anchor WHERE NOT is_extra
) AS of_row (anchor)
ORDER BY anchor LIMIT %(at_most)s;

-- differing_images  at_most=5, hi=5, lo=5
SELECT jsonb_build_object('id', coalesce(held."id", wanted."id"), 'kind', coalesce(held."kind", wanted."kind")) AS key, to_jsonb(denorm_held) AS before, to_jsonb(denorm_wanted) AS after
FROM (SELECT denorm_row AS denorm_wanted, ROW("title")::record AS denorm_wanted_rest, "id", "kind" FROM (
SELECT "id", "kind", "title" FROM (SELECT id, 'item' AS kind, title FROM items UNION ALL SELECT id, 'note', body FROM notes
) AS definition WHERE "id" >= %(lo)s AND "id" <= %(hi)s AND "kind" = 'note'
) AS denorm_row) AS wanted
FULL JOIN (
    SELECT denorm_row AS denorm_held, ROW("title")::record AS denorm_held_rest, "id", "kind"
    FROM (SELECT "id", "kind", "title" FROM "app"."feed" WHERE "id" >= %(lo)s AND "id" <= %(hi)s AND "kind" = 'note') AS denorm_row
) AS held ON "held"."id" = "wanted"."id" AND ROW("held"."kind")::record = ROW("wanted"."kind")::record
WHERE (denorm_held_rest *= denorm_wanted_rest) IS NOT TRUE
ORDER BY 1 LIMIT %(at_most)s;

-- audit  hi=5, lo=5
INSERT INTO denorm.audit (reconciliation_id, segment, cause, key, before, after)
SELECT %(reconciliation_id)s, %(segment)s, %(cause)s, jsonb_build_object('id', coalesce(held."id", wanted."id"), 'kind', coalesce(held."kind", wanted."kind")) AS key, to_jsonb(denorm_held) AS before, to_jsonb(denorm_wanted) AS after
FROM (SELECT denorm_row AS denorm_wanted, ROW("title")::record AS denorm_wanted_rest, "id", "kind" FROM "pg_temp"."denorm_stage" AS denorm_row) AS wanted
FULL JOIN (
    SELECT denorm_row AS denorm_held, ROW("title")::record AS denorm_held_rest, "id", "kind"
    FROM (SELECT "id", "kind", "title" FROM "app"."feed" WHERE "id" >= %(lo)s AND "id" <= %(hi)s AND "kind" = 'note') AS denorm_row
) AS held ON "held"."id" = "wanted"."id" AND ROW("held"."kind")::record = ROW("wanted"."kind")::record
WHERE (denorm_held_rest *= denorm_wanted_rest) IS NOT TRUE;

-- anchor_quantiles  hi=5, lo=5, rows=1000
SELECT CASE WHEN num_nonnulls(anchor) = 1 THEN concat(anchor) END AS anchor FROM (
    SELECT DISTINCT anchor FROM (
        SELECT "id" AS anchor, row_number() OVER (ORDER BY "id") AS position
        FROM "app"."feed" WHERE "id" >= %(lo)s AND "id" <= %(hi)s AND "kind" = 'note' AND "id" IS NOT NULL
    ) AS numbered WHERE mod(position, %(rows)s) = 0
) AS bounds ORDER BY bounds.anchor;

-- younger_rows  anchors=['7']
SELECT count(*) FILTER (WHERE age(held.xmin) < age(source.xmin)) AS younger,
    count(*) FILTER (WHERE age(held.xmin) >= age(source.xmin)) AS older
FROM "app"."feed" AS held JOIN "app"."notes" AS source ON "held"."id" = "source"."id"
WHERE "held"."id" = ANY (%(anchors)s::text[]::bigint[]);

-- first_anchors  up_to='7'
"id" <= %(up_to)s::text::bigint;

-- further_anchors  after='7', up_to='9'
"id" > %(after)s::text::bigint AND "id" <= %(up_to)s::text::bigint;

-- last_anchors  after='9'
("id" > %(after)s::text::bigint OR "id" IS NULL);
