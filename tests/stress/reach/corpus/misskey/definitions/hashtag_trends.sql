-- key: tag
-- seen: https://github.com/misskey-dev/misskey/blob/develop/packages/backend/src/core/HashtagService.ts
-- large: note
-- time: yes
SELECT lower(t.tag) AS tag, count(DISTINCT n."userId") AS users, count(*) AS notes, count(*) FILTER (WHERE n."createdAt" > now() - interval '1 day') AS today
FROM note n CROSS JOIN unnest(n.tags) AS t(tag) JOIN users u ON u.id = n."userId" AND NOT u."isSuspended"
WHERE n."createdAt" > now() - interval '7 days' * 4 AND n.visibility IN ('public', 'home')
GROUP BY lower(t.tag)
