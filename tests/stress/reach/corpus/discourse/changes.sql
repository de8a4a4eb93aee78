INSERT INTO posts VALUES (2001, 1, 3, 20, NULL, 'new', 1, false, '2026-03-01', NULL), (2002, 1, 4, 21, 20, 'reply', 1, false, '2026-03-01', NULL);
INSERT INTO user_actions VALUES (901, 1, 3, 1, 2001, 5, '2026-03-02'), (902, 2, 5, 1, 2001, 3, '2026-03-02');
-- then --
UPDATE topics SET category_id = 2 WHERE category_id = 4;
UPDATE posts SET deleted_at = '2026-03-02' WHERE user_id = 7;
UPDATE posts SET deleted_at = NULL WHERE topic_id % 6 = 0;
-- then --
DELETE FROM posts WHERE topic_id IN (11, 12);
DELETE FROM topics WHERE id IN (11, 12);
DELETE FROM topic_users WHERE topic_id IN (11, 13);
-- then --
UPDATE categories SET read_restricted = NOT read_restricted WHERE id IN (1, 3);
UPDATE categories SET parent_category_id = 1 WHERE id = 9;
-- then --
UPDATE posts SET user_id = 9 WHERE user_id IS NULL AND id % 2 = 0;
UPDATE topics SET user_id = NULL WHERE user_id IN (10, 17);
UPDATE users SET trust_level = 4 - trust_level WHERE id % 3 = 0;
-- then --
INSERT INTO users SELECT n, 'late' || n, 1, true, NULL, now(), '2026-03-01' FROM generate_series(41, 44) AS n;
INSERT INTO user_emails VALUES (901, 41, 'u1@mail1.example', true), (902, 42, 'New@mail2.EXAMPLE', true);
INSERT INTO user_visits SELECT 5000 + n, n, current_date, 3 FROM generate_series(41, 44) AS n;
-- then --
TRUNCATE user_badges;
UPDATE site_settings SET value = '1' WHERE name = 'min_likes';
-- then --
INSERT INTO user_badges SELECT n, n % 6 + 1, n % 13 + 1, '2026-03-03', NULL FROM generate_series(1, 30) AS n;
UPDATE badges SET name = 'Renamed' WHERE id = 3;
DELETE FROM badges WHERE id = 4;
-- then --
DELETE FROM users WHERE id IN (2, 3);
DELETE FROM user_emails WHERE user_id = 3;
UPDATE user_emails SET email = upper(email) WHERE id % 2 = 0;
-- then --
UPDATE user_visits SET visited_at = visited_at - 400 WHERE id % 5 = 0 AND visited_at > current_date - 20;
UPDATE topic_users SET last_read_post_number = NULL, notification_level = 3 WHERE user_id % 4 = 0;
UPDATE posts SET created_at = created_at + interval '40 days' WHERE id % 7 = 0;
