-- key: courseid, property
-- seen: https://github.com/moodle/moodle/blob/main/admin/tool/log/store/standard/classes/log/store.php
-- large: mdl_logstore_standard_log
SELECT l.courseid, p.key AS property, count(*) AS events, count(DISTINCT p.value) AS values
FROM mdl_logstore_standard_log l, jsonb_each(l.other) p
WHERE l.courseid IS NOT NULL
GROUP BY l.courseid, p.key
