INSERT INTO issue VALUES (901, 3, 901, 4, false, false, extract(epoch FROM now())::bigint - 50, 1770000000), (902, 51, 1, NULL, true, true, NULL, 1770000000);
INSERT INTO comment VALUES (901, 0, 901, 4, 1770000100), (902, 0, 901, 5, 1770000200);
-- then --
UPDATE issue SET is_closed = NOT is_closed WHERE id % 7 = 0;
UPDATE issue SET repo_id = 2 WHERE repo_id = 5 AND "index" > 10;
-- then --
DELETE FROM comment WHERE issue_id IN (10, 11, 17);
DELETE FROM issue WHERE id IN (10, 11);
DELETE FROM star WHERE repo_id = 6;
DELETE FROM repository WHERE id = 6;
-- then --
UPDATE star SET repo_id = 6 WHERE repo_id = 7;
INSERT INTO repository VALUES (6, 3, 'again', false, NULL, NULL, 77), (51, 9, 'late', false, true, 1, 5);
-- then --
UPDATE repository SET fork_id = CASE WHEN fork_id IS NULL THEN 2 END, is_fork = fork_id IS NULL WHERE id % 6 = 0;
UPDATE repository SET owner_id = 26, is_private = NOT is_private WHERE id % 9 = 0;
-- then --
UPDATE "user" SET is_active = false WHERE id IN (2, 3);
DELETE FROM "user" WHERE id IN (4, 5);
UPDATE comment SET poster_id = NULL WHERE poster_id = 4;
-- then --
TRUNCATE language_stat;
DELETE FROM watch WHERE mode = 3;
-- then --
INSERT INTO language_stat SELECT n, n, 'Rust', n * 3, true FROM generate_series(1, 30) AS n;
INSERT INTO language_stat SELECT 100 + n, n, 'go', 1, false FROM generate_series(1, 10) AS n;
UPDATE watch SET mode = 2 WHERE user_id % 5 = 0;
-- then --
UPDATE action SET created_unix = created_unix + 864000, is_deleted = false WHERE id % 12 = 0;
UPDATE action SET repo_id = NULL WHERE repo_id = 9;
