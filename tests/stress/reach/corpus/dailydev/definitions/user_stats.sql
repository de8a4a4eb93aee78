-- key: id
-- seen: https://github.com/dailydotdev/daily-api/blob/main/src/entity/user/UserStats.ts
-- large: user, post, comment, view
SELECT u."id", (SELECT COALESCE(COUNT(*), 0) FROM "user" WHERE "invitedById" = u."id") AS "referrals",
    (SELECT COALESCE(SUM(p."views"), 0) FROM "post" p WHERE (p."authorId" = u."id" OR p."scoutId" = u."id") AND NOT p.deleted AND NOT p.private) AS "views",
    (SELECT COALESCE(SUM(p."upvotes"), 0) FROM "post" p WHERE p."authorId" = u."id" OR p."scoutId" = u."id") AS "postUpvotes",
    (SELECT COALESCE(SUM("upvotes"), 0) FROM "comment" WHERE "userId" = u."id") AS "commentUpvotes",
    EXISTS (SELECT FROM view v WHERE v."userId" = u."id" AND v.hidden IS TRUE) AS "hasHidden"
FROM "user" u WHERE u."username" IS NOT NULL
