INSERT INTO messages SELECT 2000 + n, n, 'User', n % 10 + 1, 1, false, 'late', timestamp '2026-02-20' FROM generate_series(1, 30) AS n;
UPDATE conversations SET status = 1, assignee_id = 3 WHERE id % 10 = 4;
-- then --
UPDATE contacts SET email = 'merged@y.example' WHERE id IN (4, 5, 7);
DELETE FROM contacts WHERE id = 12;
UPDATE conversations SET contact_id = 13 WHERE contact_id = 12;
-- then --
UPDATE inboxes SET channel_type = 'Channel::Email', channel_id = 1 WHERE id = 3;
UPDATE channel_email SET email = 'new@x.example' WHERE id = 2;
DELETE FROM channel_web_widgets WHERE id = 3;
-- then --
UPDATE messages SET sender_type = 'Contact', sender_id = 5 WHERE id % 20 = 4;
DELETE FROM messages WHERE id % 19 = 0;
UPDATE users SET name = 'Renamed' WHERE id IN (2, 3);
-- then --
DELETE FROM taggings WHERE id % 6 = 0;
UPDATE taggings SET taggable_type = 'Contact' WHERE id % 10 = 1;
UPDATE tags SET name = 'urgent' WHERE id = 3;
-- then --
UPDATE reporting_events SET value = NULL WHERE id % 12 = 0;
UPDATE reporting_events SET user_id = 1 WHERE user_id IS NULL;
DELETE FROM reporting_events WHERE conversation_id = 20;
-- then --
DELETE FROM conversations WHERE id IN (30, 31, 32);
UPDATE conversations SET created_at = created_at - interval '9 days', cached_label_list = 'vip' WHERE id BETWEEN 60 AND 70;
DELETE FROM users WHERE id = 9;
UPDATE accounts SET custom_attributes = '{"plan": "pro"}';
-- then --
TRUNCATE csat_survey_responses;
INSERT INTO csat_survey_responses SELECT n, n, n % 10 + 1, 5, '2026-02-21' FROM generate_series(1, 40) AS n;
INSERT INTO audits SELECT 900 + n, 'Contact', n, 'update', NULL, NULL, '2026-02-22' FROM generate_series(1, 10) AS n;
DELETE FROM notes WHERE contact_id % 4 = 0;
