-- key: shard, metric
-- seen: https://github.com/timescale/timescaledb/blob/53b7d0aa6ecd7238eed9688013b055708c9e4866/tsl/test/sql/cagg_query.sql
-- large: reading
SELECT device_id % 4 AS shard, metric, count(*) AS readings, max(ts) AS last FROM reading GROUP BY device_id % 4, metric
