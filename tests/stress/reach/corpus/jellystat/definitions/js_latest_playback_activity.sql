-- key: UserId, NowPlayingItemId, EpisodeId
-- seen: https://github.com/CyferShepard/Jellystat/blob/main/backend/migrations/080_js_latest_playback_activity.js
-- large: jf_playback_activity
WITH latest_activity AS (
    SELECT DISTINCT ON ("NowPlayingItemId", "EpisodeId", "UserId") * FROM jf_playback_activity ORDER BY "NowPlayingItemId", "EpisodeId", "UserId", "ActivityDateInserted" DESC, "Id"
), aggregated AS (
    SELECT "NowPlayingItemId", "EpisodeId", "UserId", count(*) AS "TotalPlays", sum("PlaybackDuration") AS "TotalDuration" FROM jf_playback_activity GROUP BY "NowPlayingItemId", "EpisodeId", "UserId"
)
SELECT a."Id", a."UserId", a."NowPlayingItemId", a."EpisodeId", a."Client", a."ActivityDateInserted", g."TotalPlays", g."TotalDuration", u."Name"
FROM latest_activity a
JOIN aggregated g ON a."NowPlayingItemId" = g."NowPlayingItemId" AND a."EpisodeId" IS NOT DISTINCT FROM g."EpisodeId" AND a."UserId" = g."UserId"
LEFT JOIN jf_users u ON u."Id" = a."UserId"
ORDER BY a."ActivityDateInserted" DESC
