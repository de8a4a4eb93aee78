-- key: weekday, Library
-- seen: https://github.com/CyferShepard/Jellystat/blob/main/backend/migrations/022_fs_watch_stats_popular_days_of_week_function.js
-- large: jf_playback_activity
SELECT extract(DOW FROM a."ActivityDateInserted" AT TIME ZONE 'UTC')::int AS weekday, l."Name" AS "Library", count(*) AS "Count"
FROM jf_playback_activity a JOIN jf_library_items i ON i."Id" = a."NowPlayingItemId" JOIN jf_libraries l ON i."ParentId" = l."Id" AND NOT l.archived
GROUP BY 1, 2
