-- key: tag
-- seen: https://github.com/dailydotdev/daily-api/blob/main/src/entity/TrendingTag.ts
-- large: post
-- time: yes
SELECT unnest(string_to_array(p."tagsStr", ',')) AS tag, count(*) AS "count", sum(p.upvotes) AS upvotes
FROM post p
WHERE p."createdAt" > now() - interval '90 days' AND NOT p.deleted AND p."tagsStr" IS NOT NULL AND p."tagsStr" <> ''
GROUP BY unnest(string_to_array(p."tagsStr", ','))
HAVING count(*) > 2
