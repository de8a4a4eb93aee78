-- What the specification leaves alone: a few customers, suppliers, parts and prices change.
UPDATE customer
SET c_mktsegment = 'BUILDING', c_acctbal = c_acctbal + 1000, c_nationkey = (c_nationkey + 1) % 25,
    c_phone = (10 + (c_nationkey + 1) % 25) || substr(c_phone, 3)
WHERE c_custkey % 1000 = 7;
UPDATE supplier SET s_nationkey = (s_nationkey + 1) % 25, s_comment = 'Customer Complaints' WHERE s_suppkey % 300 = 5;
UPDATE part
SET p_brand = 'Brand#23', p_container = 'MED BOX', p_type = 'PROMO BRUSHED BRASS', p_size = 15, p_name = 'forest green'
WHERE p_partkey % 1000 = 3;
UPDATE partsupp SET ps_supplycost = ps_supplycost / 2, ps_availqty = ps_availqty + 1 WHERE ps_partkey % 1000 = 4;
