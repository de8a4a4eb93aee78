INSERT INTO issues VALUES (901, 901, 3, 2, 1, 1, 4, current_date - 1, '2026-03-01Z', NULL), (902, 902, 31, NULL, 1, NULL, NULL, NULL, '2026-03-01Z', NULL);
INSERT INTO label_links VALUES (901, 1, 901, 'Issue'), (902, 2, 901, 'Issue');
INSERT INTO projects VALUES (31, 4, 'new', false, 20, now());
-- then --
UPDATE issues SET state_id = 2, closed_at = '2026-04-01Z' WHERE id % 5 = 0 AND state_id = 1;
UPDATE issues SET project_id = 4 WHERE project_id = 2;
UPDATE merge_requests SET state_id = 3, merged_at = '2026-04-01Z' WHERE id % 7 = 0;
-- then --
DELETE FROM issue_assignees WHERE user_id = 3;
DELETE FROM issues WHERE project_id = 5;
DELETE FROM projects WHERE id = 5;
-- then --
UPDATE ci_pipelines SET partition_id = 201 - partition_id WHERE id % 10 = 0;
UPDATE ci_pipelines SET status = 'success', duration = 33 WHERE status = 'running';
INSERT INTO ci_pipelines SELECT n, 101, 20, 'failed', 'main', NULL, '2026-04-01Z' FROM generate_series(900, 905) AS n;
-- then --
UPDATE namespaces SET parent_id = 1, traversal_ids = ARRAY[1, id] WHERE id IN (8, 9);
UPDATE namespaces SET parent_id = NULL WHERE id = 6;
DELETE FROM namespaces WHERE id = 15;
-- then --
UPDATE milestones SET due_date = NULL, project_id = 3, group_id = NULL WHERE id % 5 = 0;
UPDATE issues SET milestone_id = CASE WHEN milestone_id IS NULL THEN 2 END WHERE id % 9 = 0;
UPDATE labels SET priority = 1, title = 'label 0' WHERE id % 5 = 0;
-- then --
TRUNCATE push_event_payloads;
DELETE FROM events WHERE author_id = 5;
-- then --
INSERT INTO push_event_payloads SELECT id, id % 3 + 1, 'main' FROM events WHERE action = 5;
UPDATE events SET author_id = 21, created_at = created_at + interval '3 days' WHERE id % 11 = 0;
-- then --
UPDATE members SET access_level = 50 WHERE id % 6 = 1;
UPDATE members SET expires_at = current_date - 1 WHERE id % 10 = 2;
DELETE FROM project_authorizations WHERE project_id % 4 = 0;
INSERT INTO project_authorizations SELECT u, 31, 30 FROM generate_series(1, 9) AS u;
-- then --
UPDATE label_links SET target_type = 'MergeRequest' WHERE id % 3 = 0;
DELETE FROM label_links WHERE label_id = 7;
UPDATE projects SET archived = NOT archived, namespace_id = 2 WHERE id % 6 = 0;
