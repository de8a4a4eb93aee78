"""What a team may change of our assets: their keys, groups, tags, owners, descriptions, automation and checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import dagster as dg
from dagster._check import CheckError

from denorm_assets.errors import ConfigurationError
from denorm_assets.model.cached_set import Cache
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import Phase, System
from denorm_assets.model.table_name import TableName

AssetKind = Literal[
    "source_table",
    "phase",
    "ranges",
    "read_model",
    "indexes",
    "cache",
    "benchmark",
    "cutover",
    "load_test",
    "monitoring",
]

_REFUSALS = (dg.DagsterError, CheckError, TypeError, ValueError)
"""What Dagster raises for values that it does not take."""


@dataclass(frozen=True)
class DenormAsset:
    """An asset of ours, as a translator is asked about it.

    Attributes:
        kind: what it is, for example `read_model` or `source_table`.
        name: its name within the system: of the read model, table, phase or cache, else the kind.
        default_key: its asset key where nothing is translated.
        declared: what the declaration says of it; None for what every system has.

    Example:
        DenormAsset("read_model", SHOP, "order_totals", dg.AssetKey(["shop", "order_totals"]), ORDER_TOTALS)
    """

    kind: AssetKind
    system: System
    name: str
    default_key: dg.AssetKey
    declared: ReadModel | Phase | Cache | TableName | None = None

    @property
    def words(self) -> str:
        """How texts name it, for example `read model shop/order_totals`."""
        return f"{self.kind.replace('_', ' ')} {self.system.name}/{self.name}"


class DenormTranslator:
    """Says what our assets are called and what they carry. Override the methods whose answers you want to change.

    Example:
        class Ours(DenormTranslator):
            def get_asset_key(self, asset: DenormAsset) -> dg.AssetKey:
                return super().get_asset_key(asset).with_prefix("warehouse")

            def get_group_name(self, asset: DenormAsset) -> str:
                return "read_models"
    """

    def __str__(self) -> str:
        """What texts call it."""
        return type(self).__name__

    def get_asset_key(self, asset: DenormAsset) -> dg.AssetKey:
        """Its key. It is asked for often and must always be the same."""
        return asset.default_key

    def get_group_name(self, asset: DenormAsset) -> str:
        """Its group: by default, the name of the system."""
        return asset.system.name

    def get_tags(self, asset: DenormAsset) -> Mapping[str, str]:
        """Its tags: by default, none."""
        return {}

    def get_owners(self, asset: DenormAsset) -> Sequence[str]:
        """Its owners: by default, those of the system."""
        return asset.system.owners

    def get_description(self, asset: DenormAsset, default: str) -> str:
        """Its description; `default` is ours."""
        return default

    def get_automation_condition(self, asset: DenormAsset) -> dg.AutomationCondition[Any] | None:
        """When Dagster is to materialize it by itself: by default, never. Refreshes need no condition."""
        return None

    def get_asset_spec(self, asset: DenormAsset, spec: dg.AssetSpec) -> dg.AssetSpec:
        """All that it carries. `spec` is ours; override this to change metadata or kinds. The key has to stay."""
        return spec.replace_attributes(  # pyright: ignore[reportUnknownMemberType]
            group_name=self.get_group_name(asset),
            tags={**spec.tags, **self.get_tags(asset)},
            owners=self.get_owners(asset),
            description=self.get_description(asset, spec.description or ""),
            automation_condition=self.get_automation_condition(asset),
        )

    def includes_check(self, asset: DenormAsset, check_name: str) -> bool:
        """Whether it has that check: by default, all of them. docs/reference/checks.md lists them."""
        return True


def translated_spec(translator: DenormTranslator, asset: DenormAsset, spec: dg.AssetSpec) -> dg.AssetSpec:
    """What `translator` makes of `spec`. Raises ConfigurationError where Dagster refuses it, or it has another key."""
    try:
        found = translator.get_asset_spec(asset, spec)
    except _REFUSALS as error:
        raise ConfigurationError(
            f"what {translator} says of {asset.words} is refused: {str(error).rstrip('.')}. Correct {translator}"
        ) from error
    return _same_key(translator, asset, spec.key, found)


def _same_key(translator: DenormTranslator, asset: DenormAsset, key: dg.AssetKey, found: object) -> dg.AssetSpec:
    if isinstance(found, dg.AssetSpec) and found.key == key:
        return found
    what = f"the key {found.key.to_user_string()}" if isinstance(found, dg.AssetSpec) else repr(found)
    raise ConfigurationError(
        f"get_asset_spec of {translator} returns {what} for {asset.words}. Return a spec with the key it is given; "
        "get_asset_key changes keys"
    )
