-- key: hotTakeId
-- seen: https://github.com/dailydotdev/daily-api/blob/main/src/migration/1769425967697-PopularHotTake.ts
-- large: hot_take
SELECT ranked."hotTakeId" AS "hotTakeId", ranked."score" AS "score", ranked."userId" AS "userId"
FROM (
    SELECT "base"."id" AS "hotTakeId", "base"."upvotes" AS "score", "base"."createdAt" AS "createdAt", "base"."userId" AS "userId",
        ROW_NUMBER() OVER (PARTITION BY "base"."userId" ORDER BY "base"."upvotes" DESC, "base"."createdAt" DESC, "base"."id") AS "rn"
    FROM "hot_take" "base"
    WHERE "base"."upvotes" > 0
) "ranked"
WHERE ranked."rn" <= 3
ORDER BY ranked."score" DESC, ranked."createdAt" DESC
