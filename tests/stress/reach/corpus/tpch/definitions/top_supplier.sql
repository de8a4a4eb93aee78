-- key: s_suppkey
-- seen: https://github.com/gregrahn/tpch-kit/blob/master/dbgen/queries/15.sql
-- large: lineitem
WITH revenue (supplier_no, total_revenue) AS (SELECT l_suppkey, sum(l_extendedprice * (1 - l_discount)) FROM lineitem WHERE l_shipdate >= date '2026-01-10' AND l_shipdate < date '2026-01-10' + interval '3' month GROUP BY l_suppkey)
SELECT s_suppkey, s_name, total_revenue FROM supplier, revenue WHERE s_suppkey = supplier_no AND total_revenue = (SELECT max(total_revenue) FROM revenue)
