-- key: UserId
-- seen: https://github.com/CyferShepard/Jellystat/blob/main/backend/migrations/009_jf_all_user_activity_view.js
-- large: jf_playback_activity
SELECT u."Id" AS "UserId", u."Name" AS "UserName", a."NowPlayingItemId", i."Name" AS "LastWatched", a."ActivityDateInserted" AS "LastActivityDate", plays."TotalPlays"
FROM jf_users u
LEFT JOIN LATERAL (SELECT * FROM jf_playback_activity p WHERE p."UserId" = u."Id" ORDER BY p."ActivityDateInserted" DESC, p."Id" LIMIT 1) a ON true
LEFT JOIN jf_library_items i ON i."Id" = a."NowPlayingItemId"
LEFT JOIN (SELECT "UserId", count(*) AS "TotalPlays" FROM jf_playback_activity GROUP BY "UserId") plays ON plays."UserId" = u."Id"
