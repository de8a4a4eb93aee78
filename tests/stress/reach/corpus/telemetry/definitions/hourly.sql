-- key: device_id, metric, hour
-- seen: https://github.com/timescale/timescaledb/blob/af383c84f3c851230fe5da84190ee410ce8b27d4/tsl/test/sql/cagg.sql
-- large: reading
SELECT device_id, metric, date_trunc('hour', ts) AS hour, avg(value) AS avg, min(value) AS min, max(value) AS max, count(value) AS n
FROM reading GROUP BY device_id, metric, date_trunc('hour', ts)
