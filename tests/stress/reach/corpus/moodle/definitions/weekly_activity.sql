-- key: courseid, week
-- seen: https://github.com/moodle/moodle/blob/main/report/stats/locallib.php
-- large: mdl_logstore_standard_log
SELECT courseid, date_trunc('week', to_timestamp(timecreated) AT TIME ZONE 'UTC')::date AS week, count(*) AS hits, count(DISTINCT userid) AS users
FROM mdl_logstore_standard_log WHERE courseid IS NOT NULL GROUP BY courseid, week
