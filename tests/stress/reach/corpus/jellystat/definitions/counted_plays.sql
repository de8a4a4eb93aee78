-- key: NowPlayingItemId
-- seen: https://github.com/CyferShepard/Jellystat/blob/main/backend/migrations/016_fs_most_played_items_function.js
-- large: jf_playback_activity
SELECT "NowPlayingItemId", count(*) AS plays, count(*) FILTER (WHERE "PlayState" ->> 'PlayMethod' = 'Transcode') AS transcoded
FROM jf_playback_activity, app_config
WHERE "PlaybackDuration" >= (settings ->> 'min_seconds')::int
GROUP BY "NowPlayingItemId"
