-- key: videoId
-- seen: https://github.com/Chocobozzz/PeerTube/blob/develop/server/core/models/video/sql/video/videos-id-list-query-builder.ts
-- large: videoView
-- time: yes
SELECT "video"."id" AS "videoId", "video"."name", COALESCE(SUM("videoView"."views"), 0) AS "score"
FROM "video" LEFT JOIN "videoView" ON "video"."id" = "videoView"."videoId" AND "videoView"."startDate" >= NOW() - INTERVAL '7 days'
WHERE "video"."privacy" = 1
GROUP BY "video"."id"
