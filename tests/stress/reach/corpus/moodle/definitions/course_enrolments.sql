-- key: courseid
-- seen: https://github.com/moodle/moodle/blob/main/lib/enrollib.php
-- large: mdl_user_enrolments
SELECT c.id AS courseid, c.fullname, COUNT(DISTINCT ue.userid) AS enrolled, COUNT(DISTINCT CASE WHEN e.enrol = 'self' THEN ue.userid END) AS self_enrolled
FROM mdl_course c
LEFT JOIN mdl_enrol e ON e.courseid = c.id AND e.status = 0
LEFT JOIN mdl_user_enrolments ue ON ue.enrolid = e.id AND ue.status = 0 AND ue.userid IN (SELECT id FROM mdl_user WHERE deleted = 0)
WHERE c.visible = 1
GROUP BY c.id
