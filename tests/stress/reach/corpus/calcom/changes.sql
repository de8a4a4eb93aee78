UPDATE "Booking" SET status = 'cancelled' WHERE id % 14 = 0;
INSERT INTO "Booking" SELECT 1000 + n, 'new' || n, n, n, 'New', timestamp '2026-01-12 09:00', timestamp '2026-01-12 10:00', timestamp '2026-01-11 00:00', 'accepted', true, 'uid' || n, NULL, NULL FROM generate_series(1, 12) AS n;
-- then --
UPDATE "Booking" SET "startTime" = "startTime" + interval '1 day', "endTime" = "endTime" + interval '1 day' WHERE "userId" IN (3, 4);
DELETE FROM "Booking" WHERE id % 17 = 0;
-- then --
UPDATE "Attendee" SET email = 'late@d.example' WHERE id % 40 = 1;
UPDATE "Attendee" SET "bookingId" = NULL WHERE id % 41 = 2;
DELETE FROM "Attendee" WHERE id % 12 = 0;
-- then --
UPDATE "OutOfOffice" SET period = daterange('2026-01-01', '2026-03-01') WHERE "userId" = 2;
DELETE FROM "OutOfOffice" WHERE "userId" = 5;
INSERT INTO "OutOfOffice" VALUES (900, 20, '[2026-01-05,2026-01-09]', NULL), (901, 20, '[2026-01-10,2026-01-12)', 'x'), (902, 20, '[2026-02-01,2026-02-03)', 'x');
-- then --
UPDATE "Team" SET "parentId" = 1 WHERE id IN (6, 8);
UPDATE "Membership" SET accepted = NOT accepted WHERE "userId" IN (3, 8, 10);
DELETE FROM "Team" WHERE id = 9;
-- then --
UPDATE "EventType" SET "userId" = NULL, "teamId" = 3 WHERE id IN (4, 5);
UPDATE "EventType" SET locations = NULL WHERE id % 7 = 0;
DELETE FROM "EventType" WHERE id IN (11, 12);
-- then --
UPDATE users SET "timeZone" = 'Asia/Tokyo' WHERE id % 5 = 0;
DELETE FROM users WHERE id = 6;
UPDATE "Booking" SET "userId" = NULL WHERE "userId" = 6;
INSERT INTO users VALUES (26, 'user26', 'late@e.example', 'UTC', 2);
-- then --
UPDATE "Availability" SET days = ARRAY[0, 6] WHERE id % 6 = 1;
INSERT INTO holidays VALUES ('DE', '2026-01-12');
UPDATE "Booking" SET rating = NULL, "eventTypeId" = 1 WHERE id % 21 = 0;
TRUNCATE "OutOfOffice";
