-- key: bucket, metric
-- seen: https://github.com/timescale/timescaledb/blob/53b7d0aa6ecd7238eed9688013b055708c9e4866/tsl/test/sql/cagg_query.sql
-- large: reading
SELECT date_bin('1 day', ts, timestamptz '2026-01-01Z') AS bucket, metric, count(*) AS readings, sum(value) AS total FROM reading WHERE quality < 2 GROUP BY 1, 2
