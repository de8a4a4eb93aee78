-- key: channelId
-- seen: https://github.com/Chocobozzz/PeerTube/blob/develop/server/core/models/video/video-channel.ts
-- large: video, actorFollow, videoView
SELECT c.id AS "channelId", c.name, (SELECT COUNT(*) FROM video v WHERE v."channelId" = c.id) AS "videosCount", (SELECT COUNT(*) FROM "actorFollow" f WHERE f."channelId" = c.id AND f.state = 'accepted') AS "followersCount",
    (SELECT SUM(vw.views) FROM "videoView" vw JOIN video v ON v.id = vw."videoId" WHERE v."channelId" = c.id) AS "totalViews"
FROM "videoChannel" c
