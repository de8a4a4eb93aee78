-- key: low, high
-- seen: https://github.com/Chocobozzz/PeerTube/blob/develop/server/core/models/video/tag.ts
-- large: videoTag
SELECT a."videoId" AS low, b."videoId" AS high, count(*) AS shared
FROM "videoTag" a JOIN "videoTag" b USING ("tagId")
WHERE a."videoId" < b."videoId"
GROUP BY a."videoId", b."videoId" HAVING count(*) > 1
