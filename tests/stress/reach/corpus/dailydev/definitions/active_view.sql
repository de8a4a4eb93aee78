-- key: userId
-- seen: https://github.com/dailydotdev/daily-api/blob/main/src/entity/ActiveView.ts
-- large: view
-- time: yes
SELECT v."userId", array_agg(DISTINCT v."postId" ORDER BY v."postId") AS posts, max(v.timestamp) AS latest
FROM view v
WHERE v.timestamp >= timezone('UTC', now()) - interval '10 days' AND v.hidden IS NOT TRUE
GROUP BY v."userId"
