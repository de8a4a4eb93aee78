-- key: NowPlayingItemId, UserId
-- seen: https://github.com/CyferShepard/Jellystat/blob/main/backend/migrations/087_optimize_js_latest_playback_activity.js
-- large: jf_playback_activity
-- undeterministic: two rows of one item and user may have the same time, and DISTINCT ON keeps either
SELECT DISTINCT ON ("NowPlayingItemId", "UserId") "NowPlayingItemId", "UserId", "Client", "ActivityDateInserted"
FROM jf_playback_activity ORDER BY "NowPlayingItemId", "UserId", "ActivityDateInserted" DESC
