-- anchored  anchors=['5', '7']
"item_id" = ANY (%(anchors)s::text[]::bigint[]) AND "source" IN ('items', 'it''s new');

-- anchored, NULL too  anchors=['5']
("item_id" = ANY (%(anchors)s::text[]::bigint[]) OR "item_id" IS NULL) AND "source" IN ('items', 'it''s new');

-- recompute
WITH wanted AS MATERIALIZED (
    SELECT "denorm_rows"."source", "denorm_rows"."item_id", "denorm_rows"."tag" FROM (SELECT DISTINCT given.anchor::bigint FROM unnest(CASE WHEN cardinality($1) <= 10 THEN $1::text[] ELSE '{}' END) AS given (anchor)) AS denorm_anchor (denorm_0)
CROSS JOIN LATERAL (
SELECT "source", "item_id", "tag" FROM (SELECT 'items' AS source, id AS item_id, tag FROM items UNION ALL SELECT 'it''s new', id, tag FROM others
) AS definition WHERE "item_id" = "denorm_anchor"."denorm_0" AND "source" IN ('items', 'it''s new')
OFFSET 0) AS denorm_rows
UNION ALL
SELECT "source", "item_id", "tag" FROM (SELECT 'items' AS source, id AS item_id, tag FROM items UNION ALL SELECT 'it''s new', id, tag FROM others
) AS definition WHERE "item_id" = ANY ($1::text[]::bigint[]) AND "source" IN ('items', 'it''s new') AND cardinality($1) > 10
), removed AS (
    DELETE FROM "app"."content_tags" AS held WHERE "item_id" = ANY ($1::text[]::bigint[]) AND "source" IN ('items', 'it''s new')
    AND NOT EXISTS (SELECT FROM wanted WHERE "held"."source" = "wanted"."source" AND "held"."item_id" = "wanted"."item_id" AND "held"."tag" = "wanted"."tag")
)
INSERT INTO "app"."content_tags" ("source", "item_id", "tag")
SELECT "source", "item_id", "tag" FROM "wanted" AS wanted
WHERE NOT EXISTS (SELECT FROM "app"."content_tags" AS held WHERE "item_id" = ANY ($1::text[]::bigint[]) AND "source" IN ('items', 'it''s new') AND "held"."source" = "wanted"."source" AND "held"."item_id" = "wanted"."item_id" AND "held"."tag" = "wanted"."tag")
ORDER BY "source", "item_id", "tag"
ON CONFLICT ("source", "item_id", "tag") DO NOTHING;
