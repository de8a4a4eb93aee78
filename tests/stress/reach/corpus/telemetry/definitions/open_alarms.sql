-- key: device_id
-- seen: https://github.com/thingsboard/thingsboard/blob/master/dao/src/main/resources/sql/schema-views.sql
-- large: alarm
-- time: yes
SELECT a.device_id, count(*) AS open, max(a.severity) AS worst, min(a.raised_at) AS since
FROM alarm a WHERE a.cleared_at IS NULL AND a.raised_at < now() - interval '1 day'
GROUP BY a.device_id
