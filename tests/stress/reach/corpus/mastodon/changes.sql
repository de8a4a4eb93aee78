INSERT INTO statuses VALUES (1001, 5, NULL, NULL, 0, false, 'en', NULL, now()), (1002, 6, 1001, NULL, 0, true, NULL, NULL, now());
INSERT INTO favourites VALUES (9001, 7, 1001, '2026-03-01Z'), (9002, 8, 1001, '2026-03-01Z');
INSERT INTO statuses_tags VALUES (1001, 1), (1001, 2);
INSERT INTO statuses SELECT 2000 + n, n, NULL, NULL, 0, false, NULL, NULL, now() - interval '30 days' + n * interval '0.1 s' FROM generate_series(1, 20) AS n;
INSERT INTO favourites SELECT 9100 + n * 3 + a, a, 2000 + n, '2026-03-01Z' FROM generate_series(1, 20) AS n, generate_series(1, 2) AS a;
-- then --
DELETE FROM favourites WHERE status_id % 3 = 0;
UPDATE statuses SET deleted_at = now() WHERE id % 10 = 0;
-- then --
UPDATE statuses SET account_id = account_id + 1 WHERE id BETWEEN 30 AND 50;
UPDATE follows SET target_account_id = 61 WHERE id % 9 = 0;
INSERT INTO accounts VALUES (61, 'late', 'd1.example', false, true, NULL, NULL, '2026-02-01Z');
-- then --
DELETE FROM accounts WHERE id IN (5, 7, 14);
DELETE FROM statuses WHERE account_id IN (5, 7);
DELETE FROM statuses_tags WHERE status_id IN (40, 41, 42);
-- then --
UPDATE accounts SET domain = NULL WHERE domain = 'Tiny.example';
UPDATE accounts SET domain = 'd3.example' WHERE id % 15 = 0;
UPDATE accounts SET silenced_at = CASE WHEN silenced_at IS NULL THEN timestamptz '2026-02-02Z' END WHERE id % 6 = 0;
-- then --
UPDATE users SET current_sign_in_at = NULL WHERE id % 3 = 0;
UPDATE users SET current_sign_in_at = now() - interval '1 day', email = 'user1@example.org' WHERE id = 4;
UPDATE users SET account_id = account_id - 1 WHERE id IN (7, 8);
-- then --
TRUNCATE follow_recommendation_suppressions;
INSERT INTO domain_blocks VALUES (3, 'd0.example', 2);
DELETE FROM domain_allows;
-- then --
INSERT INTO login_activities SELECT n, n % 9 + 1, true, '10.9.9.9', '2026-03-03Z' FROM generate_series(500, 520) AS n;
DELETE FROM session_activations WHERE user_id < 4;
UPDATE login_activities SET ip = NULL WHERE id % 8 = 0;
-- then --
UPDATE tags SET name = 'renamed' WHERE id = 1;
DELETE FROM tags WHERE id = 2;
UPDATE statuses_tags SET tag_id = 3 WHERE tag_id = 4 AND NOT EXISTS (SELECT FROM statuses_tags AS o WHERE o.tag_id = 3 AND o.status_id = statuses_tags.status_id);
-- then --
DELETE FROM follows WHERE account_id = 3;
INSERT INTO follows SELECT 7000 + n, n, 3, '2026-03-04Z' FROM generate_series(1, 60) AS n WHERE n <> 3 ON CONFLICT DO NOTHING;
