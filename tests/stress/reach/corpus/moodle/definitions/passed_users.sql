-- key: userid
-- seen: https://github.com/moodle/moodle/blob/main/lib/gradelib.php
-- large: mdl_grade_grades
SELECT userid, count(*) AS passed, max(finalgrade) AS best
FROM mdl_grade_grades
WHERE finalgrade >= (SELECT value::numeric FROM mdl_config WHERE name = 'passgrade')
GROUP BY userid
