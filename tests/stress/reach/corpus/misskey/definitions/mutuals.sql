-- key: a, b
-- seen: https://github.com/misskey-dev/misskey/blob/develop/packages/backend/src/core/UserFollowingService.ts
-- large: following
SELECT "followerId" AS a, "followeeId" AS b FROM following WHERE state = 2 AND "followerId" < "followeeId"
INTERSECT
SELECT "followeeId", "followerId" FROM following WHERE state = 2
