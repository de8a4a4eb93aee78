"""The wholesaler of TPC-H, filled by `tpchgen-cli`: the keys of the specification, and no other index."""

from __future__ import annotations

from tests.stress.reach.run import SCHEMA
from tests.stress.stranger.application import Application, Missing, Wanted
from tests.stress.stranger.databases.clients import use_at_random
from tests.stress.stranger.site import OWNER, Site
from tests.stress.tpch.data import FOLDER, GENERATOR, fill

_SCALE = 0.01
_REPORTS = f"""
CREATE VIEW {SCHEMA}.supplier_stock AS
    SELECT s.s_suppkey, s.s_name, count(*) AS parts, sum(ps.ps_availqty * ps.ps_supplycost) AS worth
    FROM {SCHEMA}.supplier AS s JOIN {SCHEMA}.partsupp AS ps ON ps.ps_suppkey = s.s_suppkey GROUP BY s.s_suppkey;
"""
_REVENUE_BY_ORDER = """\
SELECT o.o_orderkey, o.o_custkey, o.o_orderdate, count(l.l_linenumber) AS lines,
    coalesce(sum(l.l_extendedprice * (1 - l.l_discount)), 0) AS revenue,
    bool_and(l.l_linestatus = 'F') AS shipped
FROM orders AS o LEFT JOIN lineitem AS l ON l.l_orderkey = o.o_orderkey
GROUP BY o.o_orderkey
"""
_REVENUE_BY_NATION = """\
SELECT n.n_nationkey, n.n_name, r.r_name AS region, count(DISTINCT o.o_custkey) AS customers,
    count(DISTINCT o.o_orderkey) AS orders, sum(l.l_extendedprice * (1 - l.l_discount)) AS revenue
FROM lineitem AS l
JOIN orders AS o ON o.o_orderkey = l.l_orderkey
JOIN customer AS c ON c.c_custkey = o.o_custkey
JOIN nation AS n ON n.n_nationkey = c.c_nationkey
JOIN region AS r ON r.r_regionkey = n.n_regionkey
GROUP BY n.n_nationkey, r.r_regionkey
"""
_AN_ORDER = "(SELECT o_orderkey FROM orders ORDER BY random() LIMIT 1)"
_TRANSACTIONS = (
    # A new order under one of the keys that the generator leaves free, with the lines of another one.
    f"""
    WITH old AS MATERIALIZED (SELECT * FROM orders WHERE o_orderkey = {_AN_ORDER}),
    made AS (
        INSERT INTO orders
        SELECT o_orderkey + 8 + floor(random() * 16)::int, o_custkey, 'O', o_totalprice, o_orderdate + 1,
            o_orderpriority, o_clerk, o_shippriority, o_comment
        FROM old ON CONFLICT DO NOTHING RETURNING o_orderkey)
    INSERT INTO lineitem
    SELECT made.o_orderkey, l_partkey, l_suppkey, l_linenumber, l_quantity, l_extendedprice, l_discount, l_tax,
        l_returnflag, 'O', l_shipdate, l_commitdate, l_receiptdate, l_shipinstruct, l_shipmode, l_comment
    FROM made, lineitem JOIN old ON l_orderkey = old.o_orderkey
    """,
    f"UPDATE lineitem SET l_linestatus = 'F', l_discount = 0.1 WHERE l_orderkey = {_AN_ORDER}",
    f"DELETE FROM lineitem WHERE l_linenumber > 2 AND l_orderkey = {_AN_ORDER}",
    f"UPDATE orders SET o_custkey = (SELECT min(c_custkey) FROM customer) WHERE o_orderkey = {_AN_ORDER}",
    """
    UPDATE partsupp SET ps_availqty = ps_availqty + 1
    WHERE (ps_partkey, ps_suppkey) = (SELECT ps_partkey, ps_suppkey FROM partsupp ORDER BY random() LIMIT 1)
    """,
    """
    UPDATE customer SET c_nationkey = (c_nationkey + 1) % 25
    WHERE c_custkey = (SELECT c_custkey FROM customer ORDER BY random() LIMIT 1)
    """,
)


def _fill(site: Site) -> None:
    if not GENERATOR.exists():
        raise Missing(f"there is no {GENERATOR.name} beside this Python; install it: make install")
    # The specification names keys; indexes are up to whoever runs it.
    lines = (FOLDER / "schema.sql").read_text().splitlines()
    fill(site.url(OWNER), _SCALE, "\n".join(line for line in lines if not line.startswith("CREATE INDEX")))


TPCH = Application(
    name="tpch",
    schema=SCHEMA,
    fill=_fill,
    reports=_REPORTS,
    inits=(("--name", "wholesale"), ("--name", "stock", "--from-view", "supplier_stock")),
    edited=(Wanted("lineitem_per_orders", _REVENUE_BY_ORDER),),
    written=(Wanted("revenue_by_nation", _REVENUE_BY_NATION, ("n_nationkey",)),),
    use=lambda site, seconds: use_at_random(site, SCHEMA, _TRANSACTIONS, seconds),
)
