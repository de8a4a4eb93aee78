-- key: l_orderkey
-- seen: https://github.com/gregrahn/tpch-kit/blob/master/dbgen/queries/3.sql
-- large: lineitem, orders, customer
SELECT l_orderkey, sum(l_extendedprice * (1 - l_discount)) AS revenue, o_orderdate
FROM customer, orders, lineitem
WHERE c_mktsegment = 'BUILDING' AND c_custkey = o_custkey AND l_orderkey = o_orderkey AND o_orderdate < date '2026-03-15' AND l_shipdate > date '2026-01-15'
GROUP BY l_orderkey, o_orderdate ORDER BY revenue DESC, o_orderdate, l_orderkey LIMIT 10
