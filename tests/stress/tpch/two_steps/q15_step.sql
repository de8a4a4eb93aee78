-- key: supplier_no
-- seen: https://www.tpc.org/tpch/
-- large: lineitem
-- The view revenue of the specification.
SELECT l_suppkey AS supplier_no, sum(l_extendedprice * (1 - l_discount)) AS total_revenue
FROM lineitem
WHERE l_shipdate >= date '1996-01-01' AND l_shipdate < date '1996-01-01' + interval '3' month
GROUP BY l_suppkey
