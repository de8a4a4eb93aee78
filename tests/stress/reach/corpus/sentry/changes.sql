INSERT INTO sentry_event SELECT md5('n' || n)::uuid, n % 5 + 1, 'prod', 3, 'id:late', '{"browser": "x", "device": "phone"}', now() FROM generate_series(1, 15) AS n;
INSERT INTO sentry_event SELECT md5('age' || n)::uuid, n, 'prod', NULL, NULL, '{}', now() - interval '24 hours' + n * interval '0.1 s' FROM generate_series(1, 20) AS n;
-- then --
UPDATE sentry_groupedmessage SET status = 1, project_id = 2 WHERE id % 8 = 0;
UPDATE sentry_event SET group_id = 1 WHERE group_id IN (2, 6);
-- then --
DELETE FROM sentry_event WHERE group_id IN (5, 10, 17);
DELETE FROM sentry_groupedmessage WHERE id IN (5, 10, 17);
-- then --
UPDATE sentry_event SET environment = CASE WHEN environment IS NULL THEN 'dev' END WHERE release_id = 4;
UPDATE sentry_event SET tags = '{}' WHERE user_ident = 'id:7';
DELETE FROM sentry_release WHERE id = 3;
-- then --
UPDATE sentry_project SET status = 1 - status WHERE id IN (6, 7);
DELETE FROM sentry_release_project WHERE release_id = 4;
INSERT INTO sentry_release_project VALUES (11, 1, NULL), (3, 1, 7);
-- then --
TRUNCATE sentry_monitor_checkin;
-- then --
INSERT INTO sentry_monitor_checkin SELECT n, n % 4 + 1, n % 3 / 2, n, timestamptz '2026-03-01Z' + n * interval '1 hour' FROM generate_series(1, 50) AS n;
UPDATE sentry_groupedmessage SET culprit = lower(culprit), assignee = 'team-1', level = 40 WHERE id % 7 = 0;
-- then --
UPDATE sentry_monitor_checkin SET status = 1, date_added = date_added + interval '7 minutes' WHERE id % 6 = 0;
DELETE FROM sentry_event WHERE datetime < now() - interval '20 days';
