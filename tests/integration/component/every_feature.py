"""The system of docs/reference/yaml.md, in Python, with the tables that it reads."""

from __future__ import annotations

from typing import Any

import dagster as dg

from denorm_assets import (
    CachedCount,
    CachedSet,
    Cutover,
    Debounce,
    Debounced,
    DenormAsset,
    DenormTranslator,
    Expand,
    Full,
    Identifiers,
    IdKind,
    IdRanges,
    Index,
    Load,
    Phase,
    QueryPair,
    ReadModel,
    Realtime,
    SoftDeletes,
    SqlText,
    Stages,
    System,
    TableName,
    on,
    references,
)

TABLES = """
CREATE SCHEMA shop;
CREATE TABLE shop.suppliers (id text PRIMARY KEY);
CREATE TABLE shop.customers (id bigint PRIMARY KEY);
CREATE TABLE shop.orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES shop.customers);
CREATE TABLE shop.order_lines (
    order_id bigint NOT NULL REFERENCES shop.orders, product_id bigint, quantity int NOT NULL,
    PRIMARY KEY (order_id, product_id)
);
CREATE TABLE shop.order_returns (LIKE shop.order_lines INCLUDING ALL);
CREATE TABLE shop.favourites (customer_id bigint, product_id bigint, PRIMARY KEY (customer_id, product_id));
"""
ORDER_TOTALS_SQL = """\
-- order_totals.sql, beside defs.yaml
SELECT order_id, count(*) AS lines, sum(quantity) AS quantity
FROM order_lines
GROUP BY order_id
"""
_ORDER_TOTALS = ReadModel(
    "order_totals",
    SqlText(ORDER_TOTALS_SQL),
    key=("order_id",),
    backfill=IdRanges("order_lines.order_id"),
    refresh=Realtime(Debounce(quiet=0.1, max_wait=2)),
    indexes=(
        Index("quantity DESC NULLS LAST", "order_id"),
        Index("(lines % 10)", name="order_totals_last_digit", where="lines > 1"),
    ),
    references=(references("order_id", "orders.id", foreign_key=True),),
    description="Lines and quantity of each order.",
)
_MOVEMENTS = ReadModel(
    "movements",
    """\
SELECT 'sale' AS kind, order_id, product_id, quantity
FROM order_lines
UNION ALL
SELECT 'return' AS kind, order_id, product_id, -quantity
FROM order_returns
""",
    key=("kind", "order_id", "product_id"),
    backfill=IdRanges("order_lines.order_id", "order_returns.order_id"),
    refresh=Debounced(Debounce(max_wait=30), clock=300),
    partition_by="kind",
    references=(references("order_id", "orders.id", partition="sale"),),
)
_CUSTOMER_RANKS = ReadModel(
    "customer_ranks",
    "SELECT customer_id, rank() OVER (ORDER BY count(*) DESC) AS rank FROM orders GROUP BY customer_id",
    key=("customer_id",),
    refresh=Full(every=600),
    indexes=(Index("rank", "customer_id", unique=True, using="btree"),),
)
SHOP = System(
    "shop",
    "shop",
    description="What the pages of the shop read.",
    owners=("team:shop",),
    phases=(
        Phase("native_identifiers", work=Expand(Identifiers("suppliers.id"))),
        Phase("soft_deletes", work=SoftDeletes((TableName("customers"),), keep_days=90)),
        Phase(
            "order_tables",
            (_ORDER_TOTALS, _MOVEMENTS, _CUSTOMER_RANKS),
            "Creates the tables of order pages.",
            (on("order_totals", Index("lines DESC"), query="largest_orders"),),
        ),
    ),
    queries=(
        QueryPair(
            "largest_orders",
            "SELECT order_id, count(*) AS lines FROM order_lines GROUP BY order_id\n"
            "ORDER BY lines DESC, order_id LIMIT %(limit)s\n",
            "SELECT order_id, lines FROM order_totals ORDER BY lines DESC, order_id LIMIT %(limit)s",
            {"limit": 50},
            10,
        ),
    ),
    cutover=Cutover("shop_read_models", "orders", judged_from=100_000, speed_up=2),
    load=Load(
        users=100,
        think_seconds=2,
        p95_ms=200,
        average_ms=100,
        p99_ms=400,
        error_share=0.005,
        stages=Stages(ramp=10, steady=60, ramp_down=5),
        draws={"limit": "SELECT 10 + n * 10 FROM generate_series(1, 5) AS n"},
    ),
    caches=(
        CachedSet(
            "favourites_of_customer",
            "SELECT customer_id, product_id FROM favourites",
            owner="customer_id",
            member="product_id",
            ttl=3600,
            owners="customers.id",
            add=SqlText("INSERT INTO shop.favourites VALUES (%(owner)s, %(member)s) ON CONFLICT DO NOTHING"),
            remove=SqlText("DELETE FROM shop.favourites WHERE customer_id = %(owner)s AND product_id = %(member)s"),
            owner_ids=IdKind.INTEGER,
            member_ids=IdKind.INTEGER,
            largest=5_000,
            description="The products that a customer marked.",
        ),
        CachedCount(
            "product_favourites",
            "SELECT product_id, count(*) AS customers FROM favourites GROUP BY product_id",
            owner="product_id",
            count="customers",
            of="favourites_of_customer",
            description="How many customers marked a product.",
        ),
    ),
)


class Ours(DenormTranslator):
    """What the file says below `translation`."""

    def get_asset_key(self, asset: DenormAsset) -> dg.AssetKey:
        return super().get_asset_key(asset).with_prefix("warehouse")

    def get_group_name(self, asset: DenormAsset) -> str:
        return f"shop_{asset.kind}"

    def get_tags(self, asset: DenormAsset) -> dict[str, str]:
        return {"domain": "sales"}

    def get_owners(self, asset: DenormAsset) -> list[str]:
        return ["team:sales"]

    def get_description(self, asset: DenormAsset, default: str) -> str:
        return f"{default} Kept by the shop's team."

    def get_automation_condition(self, asset: DenormAsset) -> dg.AutomationCondition[Any] | None:
        return dg.AutomationCondition.eager() if asset.kind == "cutover" else None

    def includes_check(self, asset: DenormAsset, check_name: str) -> bool:
        return check_name != "storage"
