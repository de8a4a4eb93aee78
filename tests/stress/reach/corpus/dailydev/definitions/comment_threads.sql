-- key: rootId
-- seen: https://github.com/dailydotdev/daily-api/blob/main/src/entity/Comment.ts
-- large: comment
SELECT coalesce(c."parentId", c.id) AS "rootId", count(*) AS comments, count(*) FILTER (WHERE c."parentId" IS NOT NULL) AS replies,
    (array_agg(c."userId" ORDER BY c."createdAt" DESC, c.id))[1:3] AS "lastUsers"
FROM comment c
GROUP BY coalesce(c."parentId", c.id)
