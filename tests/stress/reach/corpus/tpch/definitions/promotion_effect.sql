-- key: orders
-- seen: https://github.com/gregrahn/tpch-kit/blob/master/dbgen/queries/14.sql
-- large: lineitem
SELECT count(DISTINCT l_orderkey) AS orders, 100.00 * sum(CASE WHEN p_type LIKE 'PROMO%' THEN l_extendedprice * (1 - l_discount) ELSE 0 END) / sum(l_extendedprice * (1 - l_discount)) AS promo_revenue
FROM lineitem, part WHERE l_partkey = p_partkey
