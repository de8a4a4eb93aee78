-- key: label
-- seen: https://github.com/Chocobozzz/PeerTube/blob/develop/server/core/models/video/video.ts
-- large: video
SELECT l.label, count(v.id) AS videos, coalesce(sum(v.duration), 0) AS duration
FROM (VALUES (1, 'Public'), (2, 'Unlisted'), (3, 'Private'), (4, 'Internal')) l(privacy, label) LEFT JOIN video v ON v.privacy = l.privacy AND NOT v.remote
GROUP BY l.label
