"""A system as YAML, made of its fields: the opposite of what the component reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import yaml

from denorm_assets.definitions.component.system_component import DenormSystemComponent
from denorm_assets.model.cached_set import CachedSet
from denorm_assets.model.ids import IdKind
from denorm_assets.model.index import Index, Reference, TableIndex
from denorm_assets.model.read_model import IdRanges
from denorm_assets.model.refresh import Auto, Debounced, Full, Realtime
from denorm_assets.model.schema_change import Contract, Expand, Fill, Identifiers, SoftDeletes, Switch
from denorm_assets.model.sql_file import SqlFile, SqlText
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName

_LEFT_OUT = {"location", "example", "debounce"}


def yaml_of(*systems: System) -> str:
    """The `defs.yaml` of `systems`, without their examples. SQL files are named by their whole paths."""
    attributes = {"systems": [_value(system) for system in systems]}
    document = {"type": f"denorm_assets.{DenormSystemComponent.__name__}", "attributes": attributes}
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def _value(value: Any) -> Any:  # noqa: PLR0911, PLR0912
    match value:
        case SqlFile():
            return str(value.path)
        case SqlText():
            return value.written
        case IdKind():
            return value.value
        case TableName():
            return _value(str(value))
        case IdRanges():
            return [f"{driving.table}.{driving.column}" for driving in value.driving]
        case Identifiers():
            return [f"{key.table}.{key.column}" for key in value.keys]
        case TableIndex():
            return {"table": str(value.table), "query": value.query, **_value(value.index)}
        case Index():
            terms = [" ".join(part for part in (t.column, t.opclass, t.order) if part) for t in value.terms]
            given = {"unique": value.unique, "name": value.given_name, "using": value.using, "where": value.where}
            return {"columns": terms, **{name: each for name, each in given.items() if each}}
        case Reference():
            given = {"foreign_key": value.foreign_key, "partition": value.partition}
            to = {"column": value.column, "to": f"{value.to}.{value.to_column}"}
            return {**to, **{name: each for name, each in given.items() if each}}
        case Auto() | Debounced() | Realtime() | Full():
            due = {"quiet": value.debounce.quiet, "max_wait": value.debounce.max_wait}
            return {"kind": type(value).__name__.lower(), **due, **_fields(value)}
        case Expand() | Fill() | Switch() | Contract():
            return {"kind": type(value).__name__.lower(), **_fields(value)}
        case SoftDeletes():
            return {"kind": "soft_deletes", **_fields(value)}
        case str():
            # SQLAlchemy's names are of a class of their own.
            return str(value)
        case Mapping():
            return dict(value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        case tuple() | list():
            return [_value(each) for each in value]  # pyright: ignore[reportUnknownVariableType]
        case _ if is_dataclass(value):
            return _fields(value)
        case _:
            return value


def _fields(declared: Any) -> dict[str, Any]:
    """Fields that have a value."""
    kind = {"kind": "set" if isinstance(declared, CachedSet) else "count"} if hasattr(declared, "ttl") else {}
    values = {each.name: getattr(declared, each.name) for each in fields(declared) if each.name not in _LEFT_OUT}
    return {**kind, **{name: _value(value) for name, value in values.items() if value not in (None, (), "")}}
