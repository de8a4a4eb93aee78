-- key: one
-- seen: https://github.com/moodle/moodle/blob/main/lib/classes/hub/api.php
-- large: mdl_user, mdl_grade_grades
SELECT 1 AS one, (SELECT count(*) FROM mdl_user WHERE deleted = 0) AS users, (SELECT count(*) FROM mdl_course) AS courses, (SELECT count(*) FROM mdl_grade_grades WHERE finalgrade IS NOT NULL) AS grades
