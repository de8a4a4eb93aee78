-- key: courseid, userid
-- seen: https://github.com/moodle/moodle/blob/main/grade/report/user/lib.php
-- large: mdl_grade_grades
SELECT gi.courseid, gg.userid, sum(gg.finalgrade) AS total, rank() OVER (PARTITION BY gi.courseid ORDER BY sum(gg.finalgrade) DESC NULLS LAST) AS rank, count(*) OVER (PARTITION BY gi.courseid) AS students
FROM mdl_grade_grades gg JOIN mdl_grade_items gi ON gi.id = gg.itemid WHERE gi.courseid IS NOT NULL
GROUP BY gi.courseid, gg.userid
