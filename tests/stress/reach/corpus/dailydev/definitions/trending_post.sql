-- key: postId
-- seen: https://github.com/dailydotdev/daily-api/blob/main/src/entity/TrendingPost.ts
-- large: post
-- time: yes
SELECT p."id" AS "postId", p."sourceId", s.name AS "sourceName",
    (log(10, (p.upvotes - p.downvotes + 2)::numeric) + extract(epoch FROM (p."createdAt" - timestamptz '2020-10-04 00:00Z')) / 200000)::numeric(12, 4) AS ratio
FROM "post" p INNER JOIN "source" s ON s.id = p."sourceId" AND s.private = false
WHERE NOT p.private AND NOT p.deleted AND p."createdAt" > now() - interval '30 days' AND p.upvotes - p.downvotes >= 0
