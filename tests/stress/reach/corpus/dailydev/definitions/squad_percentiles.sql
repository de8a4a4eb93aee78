-- key: sourceId
-- seen: https://github.com/dailydotdev/daily-api/blob/main/src/entity/SourceTagView.ts
-- large: post
SELECT s.id AS "sourceId", count(p.id) AS posts, percentile_disc(ARRAY[0.25, 0.5, 0.9]) WITHIN GROUP (ORDER BY p.upvotes) AS upvotes,
    bool_or(p.private) AS "anyPrivate", jsonb_object_agg(p.type, p.id ORDER BY p.id) FILTER (WHERE p.id IS NOT NULL) AS sample
FROM source s LEFT JOIN post p ON p."sourceId" = s.id AND NOT p.deleted
WHERE s.active
GROUP BY s.id
