-- key: custkey
-- seen: https://www.tpc.org/tpch/
-- large: orders
-- The view orders_per_cust of the approved variant A.
SELECT c_custkey AS custkey, count(o_orderkey) AS ordercount
FROM customer LEFT OUTER JOIN orders ON c_custkey = o_custkey AND o_comment NOT LIKE '%special%requests%'
GROUP BY c_custkey
