-- key: user_id, suggested
-- seen: https://github.com/misskey-dev/misskey/blob/develop/packages/backend/src/server/api/endpoints/users/recommendation.ts
-- large: following
SELECT * FROM (
    SELECT f1."followerId" AS user_id, f2."followeeId" AS suggested, count(*) AS in_common, row_number() OVER (PARTITION BY f1."followerId" ORDER BY count(*) DESC, f2."followeeId") AS place
    FROM following f1 JOIN following f2 ON f2."followerId" = f1."followeeId" JOIN users u ON u.id = f2."followeeId" AND NOT u."isSuspended"
    WHERE f2."followeeId" <> f1."followerId" AND NOT EXISTS (SELECT FROM following x WHERE x."followerId" = f1."followerId" AND x."followeeId" = f2."followeeId")
    GROUP BY f1."followerId", f2."followeeId"
) s WHERE place <= 3
