INSERT INTO issues VALUES (901, 3, 'New', 1, 4, 2, 1, 901, 0, 3, current_date - 3), (902, 16, 'Elsewhere', 3, NULL, NULL, 901, 901, 100, NULL, NULL);
INSERT INTO time_entries VALUES (901, 3, 4, 901, 2.5, 1, current_date), (902, 3, 5, NULL, 1, 1, current_date);
-- then --
UPDATE issues SET status_id = 3 WHERE id % 7 = 0;
UPDATE issues SET project_id = 4, fixed_version_id = NULL WHERE project_id = 5;
-- then --
DELETE FROM time_entries WHERE issue_id IN (5, 10, 17);
DELETE FROM issues WHERE id IN (5, 10);
DELETE FROM journals WHERE journalized_id IN (5, 10);
-- then --
UPDATE projects SET parent_id = 1, status = 1 WHERE id IN (7, 14);
UPDATE issue_statuses SET is_closed = NOT is_closed WHERE id IN (2, 4);
-- then --
DELETE FROM projects WHERE id = 9;
DELETE FROM users WHERE id IN (3, 4);
UPDATE versions SET effective_date = CASE WHEN effective_date IS NULL THEN current_date + 5 END WHERE id % 4 < 2;
-- then --
UPDATE time_entries SET spent_on = spent_on - 10, user_id = 17 WHERE id % 9 = 0;
UPDATE time_entries SET issue_id = NULL WHERE id % 13 = 0;
-- then --
TRUNCATE journal_details;
-- then --
INSERT INTO journal_details SELECT n, n % 40 + 1, 'status_id', '1', (n % 4 + 1)::text FROM generate_series(1, 80) AS n;
UPDATE journals SET notes = NULL, created_on = created_on + interval '9 days' WHERE id % 8 = 0;
-- then --
UPDATE custom_values SET value = CASE WHEN value IS NULL THEN 'v1' END WHERE id % 6 = 1;
DELETE FROM custom_values WHERE customized_id % 10 = 2;
UPDATE issues SET parent_id = NULL, due_date = NULL WHERE id % 12 = 0;
