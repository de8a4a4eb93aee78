-- key: avg_yearly
-- seen: https://www.tpc.org/tpch/
-- large: none
SELECT sum(price) / 7.0 AS avg_yearly FROM q17_step
