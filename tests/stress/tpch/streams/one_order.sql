-- RF1 with one order: what an application writes at once.
CREATE TEMPORARY TABLE copied ON COMMIT DROP AS
SELECT o_orderkey FROM orders WHERE o_orderdate >= date '1995-01-01' ORDER BY o_orderdate, o_orderkey LIMIT 1;
INSERT INTO orders
SELECT o_orderkey + 16, o_custkey, o_orderstatus, o_totalprice, o_orderdate, o_orderpriority, o_clerk, o_shippriority,
    o_comment
FROM orders JOIN copied USING (o_orderkey);
INSERT INTO lineitem
SELECT l_orderkey + 16, l_partkey, l_suppkey, l_linenumber, l_quantity, l_extendedprice, l_discount, l_tax, l_returnflag,
    l_linestatus, l_shipdate, l_commitdate, l_receiptdate, l_shipinstruct, l_shipmode, l_comment
FROM lineitem JOIN copied ON o_orderkey = l_orderkey;
