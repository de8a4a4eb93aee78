-- key: genre
-- seen: https://github.com/CyferShepard/Jellystat/blob/main/backend/migrations/094_jf_library_items_table_add_genres.js
-- large: jf_library_items, jf_playback_activity
SELECT g.genre, count(DISTINCT i."Id") AS items, count(a."Id") AS plays, coalesce(sum(a."PlaybackDuration"), 0) AS duration
FROM jf_library_items i
CROSS JOIN LATERAL jsonb_array_elements_text(i.genres) AS g(genre)
LEFT JOIN jf_playback_activity a ON a."NowPlayingItemId" = i."Id"
GROUP BY g.genre
