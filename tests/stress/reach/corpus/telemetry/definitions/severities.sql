-- key: severity
-- seen: https://github.com/thingsboard/thingsboard/blob/master/dao/src/main/resources/sql/schema-entities.sql
-- large: alarm
SELECT v.severity, v.rank, count(a.id) AS alarms
FROM (VALUES ('minor', 1), ('major', 2), ('critical', 3), ('none', 4)) AS v(severity, rank) LEFT JOIN alarm a ON a.severity = v.severity
GROUP BY v.severity, v.rank
