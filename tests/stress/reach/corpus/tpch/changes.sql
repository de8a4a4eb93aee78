INSERT INTO orders VALUES (901, 3, 'O', '2026-02-02', '1-P');
INSERT INTO lineitem VALUES (901, 1, 3, 4, 10, 100, 0.05, 0.02, 'N', 'O', '2026-02-05', '2026-02-06', '2026-02-09'), (901, 2, 4, 4, 310, 900, 0, 0, 'R', 'O', '2026-02-05', '2026-02-16', NULL);
-- then --
DELETE FROM lineitem WHERE l_orderkey BETWEEN 10 AND 14;
DELETE FROM orders WHERE o_orderkey BETWEEN 10 AND 14;
-- then --
UPDATE orders SET o_custkey = 3 WHERE o_custkey = 5;
UPDATE customer SET c_nationkey = (c_nationkey + 1) % 6, c_mktsegment = CASE WHEN c_mktsegment IS NULL THEN 'BUILDING' END WHERE c_custkey % 6 < 2;
-- then --
UPDATE partsupp SET ps_supplycost = 0.25 WHERE ps_suppkey = 5;
DELETE FROM partsupp WHERE ps_partkey % 9 = 0;
DELETE FROM supplier WHERE s_suppkey = 6;
-- then --
UPDATE lineitem SET l_receiptdate = NULL, l_returnflag = 'R' WHERE l_orderkey % 8 = 0;
UPDATE lineitem SET l_quantity = l_quantity + 200 WHERE l_orderkey % 30 = 1;
-- then --
UPDATE part SET p_type = 'PROMO X', p_size = 15 WHERE p_partkey % 7 = 0;
UPDATE nation SET n_regionkey = 1, n_name = 'RENAMED' WHERE n_nationkey = 2;
-- then --
TRUNCATE partsupp;
-- then --
INSERT INTO partsupp SELECT p, s, p, 3.5 + s FROM generate_series(1, 30) AS p, generate_series(1, 4) AS s;
DELETE FROM customer WHERE c_custkey IN (3, 10);
UPDATE orders SET o_orderdate = o_orderdate + 31, o_orderpriority = NULL WHERE o_orderkey % 11 = 0;
