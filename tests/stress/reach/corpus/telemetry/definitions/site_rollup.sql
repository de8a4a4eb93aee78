-- key: site_id, day
-- seen: https://github.com/thingsboard/thingsboard/blob/master/dao/src/main/resources/sql/schema-entities.sql
-- large: reading, device
SELECT s.id AS site_id, (r.ts AT TIME ZONE s.tz)::date AS day, count(DISTINCT d.id) AS devices, sum(r.value) FILTER (WHERE r.metric = 'temp') AS temp
FROM site s JOIN device d ON d.site_id = s.id JOIN reading r ON r.device_id = d.id
GROUP BY s.id, (r.ts AT TIME ZONE s.tz)::date
