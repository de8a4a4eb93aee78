-- key: n_name
-- seen: https://github.com/gregrahn/tpch-kit/blob/master/dbgen/queries/5.sql
-- large: lineitem, orders, customer
SELECT n_name, sum(l_extendedprice * (1 - l_discount)) AS revenue
FROM customer, orders, lineitem, supplier, nation, region
WHERE c_custkey = o_custkey AND l_orderkey = o_orderkey AND l_suppkey = s_suppkey AND c_nationkey = n_nationkey AND n_regionkey = r_regionkey AND r_name = 'EUROPE'
GROUP BY n_name ORDER BY revenue DESC
