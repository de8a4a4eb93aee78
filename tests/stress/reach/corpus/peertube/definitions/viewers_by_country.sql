-- key: videoId, country
-- seen: https://github.com/Chocobozzz/PeerTube/blob/develop/server/core/models/view/local-video-viewer.ts
-- large: localVideoViewer
SELECT "videoId", country, COUNT(*) AS viewers, SUM("watchTime") AS "watchTime", MAX("endDate") AS last
FROM "localVideoViewer" WHERE country IS NOT NULL GROUP BY "videoId", country
