-- key: bucket, metric
-- seen: https://github.com/timescale/timescaledb/blob/main/test/sql/timestamp.sql
-- large: reading
SELECT date_bin('1 day', ts, timestamptz '2026-01-01Z') AS bucket, metric, count(*) AS readings, sum(value) AS total FROM reading WHERE quality < 2 GROUP BY 1, 2
