-- key: Client
-- seen: https://github.com/CyferShepard/Jellystat/blob/main/backend/migrations/018_fs_most_used_clients_function.js
-- large: jf_playback_activity
-- time: yes
SELECT lower(coalesce("Client", 'unknown')) AS "Client", count(*) AS "Plays", count(DISTINCT "UserId") AS users
FROM jf_playback_activity
WHERE "ActivityDateInserted" BETWEEN CURRENT_DATE - INTERVAL '30 days' AND NOW()
GROUP BY 1
