-- key: id
-- seen: https://github.com/dailydotdev/daily-api/blob/main/src/entity/PopularVideoPost.ts
-- large: post
-- time: yes
SELECT "id", "sourceId", "tagsStr", "createdAt", upvotes - downvotes AS r
FROM "post" "p"
WHERE NOT p.private AND p."createdAt" > now() - interval '60 day' AND upvotes > downvotes AND "type" = 'video:youtube'
ORDER BY r DESC, "id" LIMIT 20
