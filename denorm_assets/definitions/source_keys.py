"""Which tables are assets of the caller's: the argument `source_keys`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast

import dagster as dg

from denorm_assets.errors import ConfigurationError
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName

SourceKey = dg.AssetKey | Sequence[str] | str
SourceKeys = Mapping[str, SourceKey] | Callable[[str], SourceKey | None]
"""`table` or `schema.table` -> key of the caller's asset that is that table; or a function of `schema.table`."""


class GivenKeys:
    """The keys that the caller gives to tables of the application."""

    def __init__(self, source_keys: SourceKeys | None) -> None:
        """Raises ConfigurationError where `source_keys` is neither a mapping nor a function."""
        self._given = _checked(source_keys or {})

    @property
    def tables(self) -> Iterator[str]:
        """The tables that are named, as the caller writes them; none of a function."""
        return iter(() if callable(self._given) else self._given)

    def of(self, system: System, table: TableName) -> dg.AssetKey | None:
        """The key of a table that `system` reads, or None. Raises ConfigurationError where it is no asset key."""
        full = table.within(system.schema)
        name = str(full)
        if callable(self._given):
            return _as_key(name, self._given(name))
        if name not in self._given and full.schema == system.schema:
            name = full.name
        return _as_key(name, self._given.get(name))


def _checked(given: object) -> SourceKeys:
    if isinstance(given, Mapping) or callable(given):
        return cast(SourceKeys, given)
    raise ConfigurationError(
        f"source_keys is a {type(given).__name__}. Give it a mapping, for example "
        '{"order_lines": "raw/order_lines"}, or a function of `schema.table`'
    )


def _as_key(table: str, given: object) -> dg.AssetKey | None:
    if given is None:
        return None
    key = dg.AssetKey.from_user_string(given) if isinstance(given, str) else given
    # Dagster's key is a tuple, too.
    if isinstance(given, list | tuple) and not isinstance(given, dg.AssetKey):
        parts = cast(Sequence[object], given)
        key = dg.AssetKey([part for part in parts if isinstance(part, str)]) if _are_texts(parts) else None
    if isinstance(key, dg.AssetKey) and _are_texts(key.path):
        return key
    raise ConfigurationError(
        f"source_keys gives the table {table} the key {given!r}. Write a text such as 'raw/orders', a list of texts, "
        "or a dagster.AssetKey"
    )


def _are_texts(parts: Sequence[object]) -> bool:
    return bool(parts) and all(isinstance(part, str) and part for part in parts)
