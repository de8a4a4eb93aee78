-- key: followerId, id
-- seen: https://github.com/misskey-dev/misskey/blob/develop/packages/backend/src/server/api/endpoints/notes/timeline.ts
-- large: note, following
-- time: yes
SELECT f."followerId", n.id, n."userId", coalesce(n.text, r.text) AS text
FROM following f JOIN note n ON n."userId" = f."followeeId" LEFT JOIN note r ON r.id = n."renoteId"
WHERE f.state = 2 AND (n.visibility = 'public' OR n.visibility = 'home' OR n.visibility = 'followers' OR f."followerId" = ANY (n."visibleUserIds"))
    AND n."channelId" IS NULL
    AND NOT EXISTS (SELECT 1 FROM muting m WHERE m."muterId" = f."followerId" AND (m."muteeId" = n."userId" OR m."muteeId" = r."userId") AND (m."expiresAt" IS NULL OR m."expiresAt" > now()))
