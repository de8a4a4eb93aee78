INSERT INTO video VALUES (901, md5('x')::uuid, 'New', NULL, 'en', 1, false, 60, false, 13, '2026-03-01Z');
INSERT INTO "videoView" VALUES (901, now() - interval '1 hour', now(), 40, 901, now()), (902, now() - interval '80 days', now() - interval '80 days', 4, 3, now());
INSERT INTO "videoChannel" VALUES (13, 'late', 9);
INSERT INTO "videoView" SELECT 950 + n, now() - interval '7 days' + n * interval '0.1 s', now(), 1, n, now() FROM generate_series(1, 20) AS n;
-- then --
UPDATE video SET "channelId" = 2 WHERE "channelId" = 5;
UPDATE video SET privacy = 1, category = CASE WHEN category IS NULL THEN 3 END WHERE id % 10 = 0;
-- then --
DELETE FROM "videoView" WHERE "videoId" IN (2, 5, 10);
DELETE FROM "videoFile" WHERE "videoId" = 5;
DELETE FROM video WHERE id IN (5, 10);
-- then --
UPDATE "accountVideoRate" SET type = 'dislike' WHERE "accountId" = 4;
DELETE FROM "accountVideoRate" WHERE "videoId" % 11 = 1;
-- then --
UPDATE "localVideoViewer" SET country = CASE WHEN country IS NULL THEN 'IT' END WHERE id % 6 < 2;
UPDATE "localVideoViewer" SET "videoId" = 7 WHERE id % 14 = 3;
-- then --
TRUNCATE "videoTag";
UPDATE "videoFile" SET resolution = 2160, size = size * 3 WHERE id % 30 = 4;
-- then --
INSERT INTO "videoTag" SELECT v, v % 5 FROM generate_series(1, 70) AS v;
UPDATE "videoTag" SET "tagId" = 9 WHERE "videoId" % 6 = 0;
-- then --
DELETE FROM "videoChannel" WHERE id IN (3, 4);
UPDATE "actorFollow" SET state = 'accepted', "channelId" = 1 WHERE state = 'pending';
UPDATE "videoView" SET views = 0, "startDate" = "startDate" - interval '30 days' WHERE id % 9 = 0;
