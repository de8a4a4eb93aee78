-- RF1, clause 2.6.2: new orders with their lineitems, 0.1 % of the orders. Each is a copy of an order under one of the keys
-- that the data leave free (8 of 32 are taken), so that all values are distributed as the specification has them.
CREATE TEMPORARY TABLE copied ON COMMIT DROP AS
SELECT o_orderkey FROM (SELECT o_orderkey, row_number() OVER (ORDER BY o_orderkey) AS n FROM orders) AS o WHERE n % 1000 = 500;
INSERT INTO orders
SELECT o_orderkey + 8, o_custkey, o_orderstatus, o_totalprice, o_orderdate, o_orderpriority, o_clerk, o_shippriority,
    o_comment
FROM orders JOIN copied USING (o_orderkey);
INSERT INTO lineitem
SELECT l_orderkey + 8, l_partkey, l_suppkey, l_linenumber, l_quantity, l_extendedprice, l_discount, l_tax, l_returnflag,
    l_linestatus, l_shipdate, l_commitdate, l_receiptdate, l_shipinstruct, l_shipmode, l_comment
FROM lineitem JOIN copied ON o_orderkey = l_orderkey;
