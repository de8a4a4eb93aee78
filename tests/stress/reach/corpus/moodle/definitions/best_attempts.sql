-- key: quiz, userid
-- seen: https://github.com/moodle/moodle/blob/main/mod/quiz/classes/local/reports/attempts_report.php
-- large: mdl_quiz_attempts
SELECT quiz, userid, attempt, sumgrades
FROM (SELECT qa.*, row_number() OVER (PARTITION BY quiz, userid ORDER BY sumgrades DESC NULLS LAST, attempt) AS rn FROM mdl_quiz_attempts qa WHERE state = 'finished') t
WHERE rn = 1
