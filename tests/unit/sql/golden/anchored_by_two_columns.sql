-- anchored  anchor_0=['5', '7'], anchor_1=['a'], anchors=['["5", "a"]', '["7", null]']
"item_id" = ANY (%(anchor_0)s::text[]::bigint[]) AND ("tag" = ANY (%(anchor_1)s::text[]::text[]) OR "tag" IS NULL) AND json_build_array(CASE WHEN num_nonnulls("item_id") = 1 THEN concat("item_id") END, CASE WHEN num_nonnulls("tag") = 1 THEN concat("tag") END)::text = ANY (%(anchors)s::text[]);

-- one by one  anchor_0=['7'], anchor_1=[], anchors=['["7", null]'], one_0=['5'], one_1=['a']
SELECT "denorm_rows"."item_id", "denorm_rows"."tag", "denorm_rows"."label", "denorm_rows"."note" FROM unnest(%(one_0)s::text[]::bigint[], %(one_1)s::text[]::text[]) AS denorm_anchor ("denorm_0", "denorm_1")
CROSS JOIN LATERAL (
SELECT "item_id", "tag", "label", "note" FROM (SELECT id AS item_id, tag, label, note FROM items
) AS definition WHERE "item_id" = "denorm_anchor"."denorm_0" AND "tag" = "denorm_anchor"."denorm_1"
OFFSET 0) AS denorm_rows
UNION ALL
SELECT "item_id", "tag", "label", "note" FROM (SELECT id AS item_id, tag, label, note FROM items
) AS definition WHERE "item_id" = ANY (%(anchor_0)s::text[]::bigint[]) AND ("tag" = ANY (%(anchor_1)s::text[]::text[]) OR "tag" IS NULL) AND json_build_array(CASE WHEN num_nonnulls("item_id") = 1 THEN concat("item_id") END, CASE WHEN num_nonnulls("tag") = 1 THEN concat("tag") END)::text = ANY (%(anchors)s::text[]);

-- settled  model_id=1
CASE WHEN json_build_array(CASE WHEN num_nonnulls("item_id") = 1 THEN concat("item_id") END, CASE WHEN num_nonnulls("tag") = 1 THEN concat("tag") END)::text IS NULL THEN NOT EXISTS (SELECT FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.anchor IS NULL OR s.everything)
ELSE json_build_array(CASE WHEN num_nonnulls("item_id") = 1 THEN concat("item_id") END, CASE WHEN num_nonnulls("tag") = 1 THEN concat("tag") END)::text <> ALL (ARRAY(SELECT s.anchor::text FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.anchor IS NOT NULL)) AND NOT EXISTS (SELECT FROM denorm.stale_anchors(%(model_id)s) AS s
    WHERE s.everything) END;

-- every anchor pending  model_id=1
INSERT INTO denorm.pending (model_id, anchor, changed_at)
SELECT %(model_id)s, found.anchor, clock_timestamp() FROM (
    SELECT json_build_array(CASE WHEN num_nonnulls("item_id"::bigint) = 1 THEN concat("item_id"::bigint) END, CASE WHEN num_nonnulls("tag"::text) = 1 THEN concat("tag"::text) END)::text AS anchor FROM "app"."per_tag"
    UNION SELECT json_build_array(CASE WHEN num_nonnulls("item_id"::bigint) = 1 THEN concat("item_id"::bigint) END, CASE WHEN num_nonnulls("tag"::text) = 1 THEN concat("tag"::text) END)::text AS anchor FROM (SELECT id AS item_id, tag, label, note FROM items
    ) AS definition
) AS found;

-- between  after='5', up_to='7'
"item_id" > %(after)s::text::bigint AND "item_id" <= %(up_to)s::text::bigint;

-- recompute
WITH wanted AS MATERIALIZED (
    SELECT "denorm_rows"."item_id", "denorm_rows"."tag", "denorm_rows"."label", "denorm_rows"."note" FROM (SELECT (anchor::json ->> 0)::bigint, (anchor::json ->> 1)::text FROM unnest($1::text[]) AS given (anchor)) AS denorm_anchor ("denorm_0", "denorm_1")
CROSS JOIN LATERAL (
SELECT "item_id", "tag", "label", "note" FROM (SELECT id AS item_id, tag, label, note FROM items
) AS definition WHERE "item_id" = "denorm_anchor"."denorm_0" AND "tag" = "denorm_anchor"."denorm_1"
OFFSET 0) AS denorm_rows
), removed AS (
    DELETE FROM "app"."per_tag" AS held USING (SELECT (anchor::json ->> 0)::bigint, (anchor::json ->> 1)::text FROM unnest($1::text[]) AS given (anchor)) AS denorm_anchor ("denorm_0", "denorm_1") WHERE "item_id" = "denorm_anchor"."denorm_0" AND "tag" = "denorm_anchor"."denorm_1"
    AND NOT EXISTS (SELECT FROM wanted WHERE "held"."item_id" = "wanted"."item_id" AND ROW("held"."tag", "held"."label")::record = ROW("wanted"."tag", "wanted"."label")::record)
)
INSERT INTO "app"."per_tag" ("item_id", "tag", "label", "note")
SELECT "item_id", "tag", "label", "note" FROM "wanted" AS wanted
WHERE NOT EXISTS (SELECT FROM "app"."per_tag" AS held WHERE true AND "held"."item_id" = "wanted"."item_id" AND ROW("held"."tag", "held"."label")::record = ROW("wanted"."tag", "wanted"."label")::record AND ROW("held"."note")::record *= ROW("wanted"."note")::record)
ORDER BY "item_id", "tag", "label"
ON CONFLICT ("item_id", "tag", "label") DO UPDATE SET "note" = "excluded"."note";

-- estimated
SELECT "item_id", "tag", "label", "note" FROM (SELECT id AS item_id, tag, label, note FROM items
) AS definition WHERE "item_id" = ($1::text::json ->> 0)::bigint AND "tag" = ($1::text::json ->> 1)::text;
