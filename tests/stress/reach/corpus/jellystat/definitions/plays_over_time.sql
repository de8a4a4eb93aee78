-- key: date, Library
-- seen: https://github.com/CyferShepard/Jellystat/blob/main/backend/migrations/021_fs_watch_stats_over_time_functions.js
-- large: jf_playback_activity
-- time: yes
SELECT dates.date, l."Name" AS "Library", count(a."Id") AS "Count"
FROM (SELECT generate_series(CURRENT_DATE - 6, CURRENT_DATE, '1 day'::interval)::date AS date) dates
CROSS JOIN jf_libraries l
LEFT JOIN (jf_playback_activity a JOIN jf_library_items i ON a."NowPlayingItemId" = i."Id") ON (a."ActivityDateInserted" AT TIME ZONE 'UTC')::date = dates.date AND i."ParentId" = l."Id"
GROUP BY dates.date, l."Name"
