-- key: courseid
-- seen: https://github.com/moodle/moodle/blob/main/lib/enrollib.php
-- large: mdl_user_enrolments
-- time: yes
SELECT c.id AS courseid, count(ue.id) AS active
FROM mdl_course c JOIN mdl_enrol e ON e.courseid = c.id JOIN mdl_user_enrolments ue ON ue.enrolid = e.id
WHERE (c.enddate = 0 OR to_timestamp(c.enddate) > now()) AND ue.status = 0 AND (ue.timeend = 0 OR ue.timeend > extract(epoch FROM now()))
GROUP BY c.id
