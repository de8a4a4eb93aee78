-- key: Id
-- seen: https://github.com/CyferShepard/Jellystat/blob/main/backend/migrations/053_js_library_stats_overview.js
-- large: jf_playback_activity, jf_library_items
SELECT l."Id", l."Name", l."CollectionType", count(DISTINCT i."Id") AS "Library_Count", count(a."Id") AS "Plays", sum(a."PlaybackDuration") AS total_playback_duration, max(a."ActivityDateInserted") AS "LastActivityDate"
FROM jf_libraries l
LEFT JOIN jf_library_items i ON i."ParentId" = l."Id" AND NOT i.archived
LEFT JOIN jf_playback_activity a ON a."NowPlayingItemId" = i."Id"
GROUP BY l."Id", l."Name", l."CollectionType"
