-- key: severity
-- seen: https://github.com/thingsboard/thingsboard/blob/master/dao/src/main/resources/sql/schema-views.sql
-- large: alarm
-- time: yes
SELECT severity, count(*) AS alarms, avg(cleared_at - raised_at) AS mean_time
FROM alarm WHERE raised_at >= date_trunc('day', now()) - interval '20 days' AND cleared_at IS NOT NULL
GROUP BY severity
