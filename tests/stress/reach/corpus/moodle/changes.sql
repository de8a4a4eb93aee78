INSERT INTO mdl_user_enrolments VALUES (9001, 3, 51, 0, 0, 0), (9002, 4, 51, 0, 0, 0);
INSERT INTO mdl_user VALUES (51, 'late', 0, 0);
INSERT INTO mdl_grade_grades VALUES (9001, 4, 51, 88), (9002, 5, 51, NULL);
-- then --
UPDATE mdl_grade_grades SET finalgrade = CASE WHEN finalgrade IS NULL THEN 60 END WHERE id % 8 = 0;
UPDATE mdl_user_enrolments SET status = 1 - status WHERE id % 9 = 0;
-- then --
DELETE FROM mdl_grade_grades WHERE itemid IN (3, 4);
DELETE FROM mdl_grade_items WHERE id IN (3, 4);
DELETE FROM mdl_user WHERE id IN (5, 6);
-- then --
UPDATE mdl_enrol SET courseid = 2 WHERE courseid = 5;
UPDATE mdl_course SET category = 3, visible = 1 WHERE id % 5 = 0;
-- then --
UPDATE mdl_config SET value = '70' WHERE name = 'passgrade';
DELETE FROM mdl_quiz_attempts WHERE quiz = 3;
-- then --
UPDATE mdl_quiz_attempts SET sumgrades = sumgrades + 3, state = 'finished' WHERE id % 5 = 0;
INSERT INTO mdl_quiz_attempts VALUES (9001, 9, 1, 1, 5, 'finished', 1), (9002, 9, 1, 2, 5, 'finished', 2);
-- then --
TRUNCATE mdl_logstore_standard_log;
-- then --
INSERT INTO mdl_logstore_standard_log SELECT n, '\core\event\course_viewed', n % 10 + 1, n % 7 + 1, '{"ip": 1, "new": true}', 1772000000 + n * 90000 FROM generate_series(1, 60) AS n;
UPDATE mdl_logstore_standard_log SET other = NULL WHERE id % 10 = 0;
-- then --
UPDATE mdl_course_categories SET parent = 1 WHERE id IN (6, 7);
DELETE FROM mdl_course_categories WHERE id = 8;
UPDATE mdl_user SET deleted = 1 WHERE id % 20 = 0;
DELETE FROM mdl_course WHERE id = 7;
