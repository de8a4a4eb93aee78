-- key: revenue
-- seen: https://www.tpc.org/tpch/
-- large: none
SELECT sum(revenue) AS revenue FROM q19_step
