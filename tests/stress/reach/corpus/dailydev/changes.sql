INSERT INTO view VALUES ('p3', 'u4', now(), NULL), ('p3', 'u5', now(), true), ('p4', 'u4', now(), false);
UPDATE post SET upvotes = upvotes + 3 WHERE id IN ('p1', 'p2', 'p200');
-- then --
DELETE FROM post WHERE "sourceId" = 's3';
DELETE FROM post_keyword AS k WHERE NOT EXISTS (SELECT FROM post AS p WHERE p.id = k."postId");
-- then --
UPDATE post SET "tagsStr" = 'web,rust,k1' WHERE id LIKE 'p1%';
UPDATE post_keyword SET keyword = 'k99' WHERE keyword = 'k2' AND "postId" LIKE '%5';
-- then --
UPDATE "user" SET username = NULL WHERE id = 'u7';
UPDATE "user" SET "invitedById" = 'u9' WHERE id IN ('u20', 'u21', 'u22');
DELETE FROM "user" WHERE id = 'u11';
-- then --
UPDATE hot_take SET upvotes = upvotes + 2 WHERE "userId" IN ('u2', 'u3');
UPDATE hot_take SET "userId" = 'u40' WHERE "userId" = 'u5';
DELETE FROM hot_take WHERE upvotes = 4;
-- then --
UPDATE source SET private = NOT private WHERE id IN ('s1', 's7');
INSERT INTO source VALUES ('s99', 'Late', false, true);
UPDATE post SET "sourceId" = 's99', "createdAt" = now() WHERE id IN ('p31', 'p32', 'p33');
-- then --
DELETE FROM comment WHERE "userId" = 'u4';
UPDATE comment SET "parentId" = NULL WHERE "parentId" = 'c10';
INSERT INTO comment SELECT 'd' || n, 'p' || n, 'u1', 'c' || n, 3, now() FROM generate_series(1, 20) AS n;
-- then --
TRUNCATE post_keyword;
INSERT INTO post_keyword SELECT 'p' || p, 'k' || k, 'allow' FROM generate_series(1, 90) AS p, generate_series(1, 5) AS k WHERE (p + k) % 3 = 0;
UPDATE post SET "authorId" = 'u1', "scoutId" = 'u2' WHERE id LIKE '%9';
