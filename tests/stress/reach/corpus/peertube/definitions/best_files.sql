-- key: videoId
-- seen: https://github.com/Chocobozzz/PeerTube/blob/develop/server/core/models/video/video-file.ts
-- large: video, videoFile
SELECT DISTINCT ON (v.id) v.id AS "videoId", v.name, f.resolution, f.size, lower(f.extname) AS extname
FROM video v JOIN "videoFile" f ON f."videoId" = v.id
ORDER BY v.id, f.resolution DESC, f.id
