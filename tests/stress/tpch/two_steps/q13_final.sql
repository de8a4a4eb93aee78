-- key: c_count
-- seen: https://www.tpc.org/tpch/
-- large: none
SELECT ordercount AS c_count, count(*) AS custdist FROM q13_step GROUP BY ordercount
