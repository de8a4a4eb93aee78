-- key: p_partkey, s_suppkey
-- seen: https://github.com/gregrahn/tpch-kit/blob/master/dbgen/queries/2.sql
-- large: partsupp, part
SELECT s_acctbal, s_name, n_name, p_partkey, s_suppkey, p_brand
FROM part, supplier, partsupp, nation, region
WHERE p_partkey = ps_partkey AND s_suppkey = ps_suppkey AND p_type LIKE '%TIN' AND s_nationkey = n_nationkey AND n_regionkey = r_regionkey AND r_name = 'EUROPE'
    AND ps_supplycost = (SELECT min(ps_supplycost) FROM partsupp, supplier, nation, region WHERE p_partkey = ps_partkey AND s_suppkey = ps_suppkey AND s_nationkey = n_nationkey AND n_regionkey = r_regionkey AND r_name = 'EUROPE')
