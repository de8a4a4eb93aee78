"""The read models of the first database, merged by Python."""

from __future__ import annotations

import dagster as dg

from denorm_assets import (
    DatabaseResource,
    Debounce,
    Debounced,
    DenormAsset,
    DenormTranslator,
    IdRanges,
    ReadModel,
    System,
    build_definitions,
)

SHOP = System(
    "shop",
    "shop",
    read_models=(
        ReadModel(
            "order_totals",
            "SELECT o.id AS order_id, o.placed_on, sum(l.amount) AS revenue "
            "FROM orders AS o JOIN order_lines AS l ON l.order_id = o.id GROUP BY o.id, o.placed_on",
            key=("order_id",),
            backfill=IdRanges("orders.id"),
            refresh=Debounced(Debounce(quiet=0, max_wait=0)),
        ),
    ),
)


class Analytics(DenormTranslator):
    """Puts our assets beside those of the analytics team."""

    def get_asset_key(self, asset: DenormAsset) -> dg.AssetKey:
        """Below their prefix."""
        return super().get_asset_key(asset).with_prefix("analytics")

    def get_group_name(self, asset: DenormAsset) -> str:
        """All in one group."""
        return "read_models"

    def get_owners(self, asset: DenormAsset) -> list[str]:
        """One team."""
        return ["team:analytics"]


defs = build_definitions(
    [SHOP],
    database=DatabaseResource(url=dg.EnvVar("SHOP_DATABASE_URL")),
    resource_key="shop_database",
    source_keys={"orders": "dlt/shop/orders", "order_lines": "dbt/shop/order_lines"},
    translator=Analytics(),
)
