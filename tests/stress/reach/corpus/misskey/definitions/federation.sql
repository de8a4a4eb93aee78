-- key: host
-- seen: https://github.com/misskey-dev/misskey/blob/develop/packages/backend/src/core/FederatedInstanceService.ts
-- large: users, note, following
SELECT coalesce(u.host, 'local') AS host, count(DISTINCT u.id) AS users, count(DISTINCT n.id) AS notes, count(DISTINCT (f."followerId", f."followeeId")) AS follows, bool_and(u."isSuspended") AS all_suspended
FROM users u LEFT JOIN note n ON n."userId" = u.id LEFT JOIN following f ON f."followeeId" = u.id
GROUP BY coalesce(u.host, 'local')
