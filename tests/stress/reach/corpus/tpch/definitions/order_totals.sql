-- key: orderkey
-- seen: https://github.com/gregrahn/tpch-kit/blob/master/dbgen/queries/18.sql
-- large: orders, lineitem
SELECT o.o_orderkey AS orderkey, c.c_name, json_agg(json_build_object('line', l.l_linenumber, 'qty', l.l_quantity) ORDER BY l.l_linenumber) AS lines, sum(l.l_quantity) AS quantity
FROM customer c, orders o, lineitem l
WHERE o.o_orderkey IN (SELECT l_orderkey FROM lineitem GROUP BY l_orderkey HAVING sum(l_quantity) > 30) AND c.c_custkey = o.o_custkey AND l.l_orderkey = o.o_orderkey
GROUP BY o.o_orderkey, c.c_name
