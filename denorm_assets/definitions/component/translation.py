"""What assets are called and carry, as `defs.yaml` says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import dagster as dg

from denorm_assets.definitions.component.forms import TranslationForm
from denorm_assets.definitions.component.templates import render
from denorm_assets.definitions.translator import DenormAsset, DenormTranslator
from denorm_assets.errors import ConfigurationError
from denorm_assets.model.location import Location


class YamlTranslator(DenormTranslator):
    """Renders the templates of a file for each asset, which they call `asset`.

    Attributes:
        location: where the file says so.
    """

    def __init__(self, form: TranslationForm, context: dg.ResolutionContext, location: Location) -> None:
        self._form, self._context, self.location = form, context, location
        self._keys: dict[dg.AssetKey, dg.AssetKey] = {}

    def __str__(self) -> str:
        """Where it stands."""
        return f"`translation` at {self.location}"

    def get_asset_key(self, asset: DenormAsset) -> dg.AssetKey:
        """Its `key`, behind its `key_prefix`."""
        # Asked for often, and a template takes a millisecond.
        if asset.default_key not in self._keys:
            self._keys[asset.default_key] = self._key(asset)
        return self._keys[asset.default_key]

    def get_group_name(self, asset: DenormAsset) -> str:
        """Its `group_name`."""
        return self._text("group_name", self._form.group_name, asset) or super().get_group_name(asset)

    def get_tags(self, asset: DenormAsset) -> Mapping[str, str]:
        """Its `tags`."""
        return {name: self._text(f"tags.{name}", value, asset) for name, value in self._form.tags.items()}

    def get_owners(self, asset: DenormAsset) -> Sequence[str]:
        """Its `owners`."""
        if self._form.owners is None:
            return super().get_owners(asset)
        return [self._text("owners", owner, asset) for owner in self._form.owners]

    def get_description(self, asset: DenormAsset, default: str) -> str:
        """Its `description`, whose template has ours as `default`."""
        return self._text("description", self._form.description, asset, default=default) or default

    def get_automation_condition(self, asset: DenormAsset) -> dg.AutomationCondition[Any] | None:
        """Its `automation_condition`."""
        found = self._value("automation_condition", self._form.automation_condition, asset)
        if found is None or isinstance(found, dg.AutomationCondition):
            return cast("dg.AutomationCondition[Any] | None", found)
        raise self._refused(
            "automation_condition",
            asset,
            f"{found!r} is no condition",
            "Write {{ dg.AutomationCondition.eager() }}, say",
        )

    def includes_check(self, asset: DenormAsset, check_name: str) -> bool:
        """Whether it is none of `excluded_checks`."""
        return check_name not in self._form.excluded_checks

    def _key(self, asset: DenormAsset) -> dg.AssetKey:
        given = self._value("key", self._form.key, asset)
        key = dg.AssetKey.from_user_string(given) if isinstance(given, str) else given or asset.default_key
        if not isinstance(key, dg.AssetKey):
            raise self._refused(
                "key", asset, f"{key!r} is no asset key", "Write a text such as warehouse/{{ asset.name }}"
            )
        prefix = self._form.key_prefix or []
        parts = [prefix] if isinstance(prefix, str) else prefix
        return dg.AssetKey([*(self._text("key_prefix", part, asset) for part in parts), *key.path])

    def _text(self, field: str, value: str | None, asset: DenormAsset, **scope: object) -> str:
        """The rendered text; empty where the file says nothing."""
        found = self._value(field, value, asset, **scope)
        return "" if found is None else str(found)

    def _value(self, field: str, value: str | None, asset: DenormAsset, **scope: object) -> Any:
        try:
            return render(value, self._context.with_scope(asset=asset, **scope))  # pyright: ignore[reportUnknownMemberType]
        except ValueError as error:
            raise self._refused(field, asset, str(error), "Correct the template") from None

    def _refused(self, field: str, asset: DenormAsset, reason: str, remedy: str) -> ConfigurationError:
        of = asset.words
        return ConfigurationError(f"{self.location}: `translation`: the `{field}` of the {of}: {reason}. {remedy}")
