-- key: device_id, metric
-- seen: https://github.com/thingsboard/thingsboard/blob/master/dao/src/main/resources/sql/schema-ts-latest-psql.sql
-- large: reading
SELECT DISTINCT ON (device_id, metric) device_id, metric, ts, value FROM reading ORDER BY device_id, metric, ts DESC
