-- key: courseid, userid
-- seen: https://github.com/moodle/moodle/blob/main/grade/report/overview/lib.php
-- large: mdl_grade_grades
SELECT gi.courseid, gg.userid, avg(gg.finalgrade / gi.grademax * 100) AS percent, count(gg.finalgrade) AS graded, count(*) - count(gg.finalgrade) AS open
FROM mdl_grade_grades gg JOIN mdl_grade_items gi ON gi.id = gg.itemid
WHERE gi.itemtype = 'mod' AND gi.courseid IS NOT NULL
GROUP BY gi.courseid, gg.userid
