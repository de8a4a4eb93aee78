-- RF2, clause 2.6.3: as many orders as RF1 inserted go, with their lineitems.
CREATE TEMPORARY TABLE removed ON COMMIT DROP AS
SELECT o_orderkey FROM (SELECT o_orderkey, row_number() OVER (ORDER BY o_orderkey) AS n FROM orders) AS o WHERE n % 1000 = 250;
DELETE FROM lineitem USING removed WHERE l_orderkey = o_orderkey;
DELETE FROM orders USING removed WHERE orders.o_orderkey = removed.o_orderkey;
