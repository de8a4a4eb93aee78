"""The example systems that come with the product, as DENORM_SYSTEMS names them."""

from __future__ import annotations

SHIPPED_SYSTEMS = (
    "denorm_assets.systems.topics:SYSTEM",
    "denorm_assets.systems.social:SYSTEM",
    "denorm_assets.systems.gallery:SYSTEM",
    "denorm_assets.systems.notebooks:SYSTEM",
)
