"""How the table of a read model differs from what its definition yields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from denorm_assets.db.control.registry import Registration
from denorm_assets.db.plan.objects import has_key
from denorm_assets.db.plan.partitioned_indexes import partitions_of
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import NameTaken, NeedsRebuild, NotApplied
from denorm_assets.model.catalog.described import Column, DescribedModel
from denorm_assets.model.catalog.partition import Partition
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl.alterations import OUR_COLUMN
from denorm_assets.sql.ddl.tables import comment_text

TABLE_KINDS = ("r", "p")


@dataclass(frozen=True)
class Shape:
    """What differs; the order of columns does not count, because every statement names them.

    Attributes:
        missing: columns that the table lacks.
        refusing_null: columns that take no NULL, though the definition may yield one.
        leftover: columns that an apply added in place for a version that was never put there.
        foreign: columns that are in no version of ours, so that the application added them.
        otherwise: what no change of columns in place can fix, in words; empty where nothing is.
    """

    missing: tuple[Column, ...] = ()
    refusing_null: tuple[str, ...] = ()
    leftover: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    otherwise: str = ""


@dataclass(frozen=True)
class Standing:
    """The relation that has the read model's name.

    Attributes:
        kind: `r`, `p` (partitioned), `m` (materialized view), or what else PostgreSQL calls it.
        ours: whether it is registered as this read model's, and its COMMENT says so, too.
        current: whether that names the present code version.
    """

    kind: str
    ours: bool
    current: bool


def standing(session: Session, described: DescribedModel, registered: Registration | None) -> Standing | None:
    """What stands there; None where nothing does."""
    found = session.row(query("catalog", "relation", schema=described.schema, table=described.model.name))
    if found is None:
        return None
    ours = registered is not None and registered.commented and registered.table == described.table
    current = registered is not None and not registered.forgotten and found["comment"] == comment_text(described)
    return Standing(found["kind"], ours, ours and current)


def table_shape(session: Session, described: DescribedModel, registered: Registration | None, kind: str) -> Shape:
    """How the table differs, which is of `kind` (`r` or `p`). Raises NameTaken where a partition's name is taken."""
    rows = session.rows(query("catalog", "table_columns", schema=described.schema, table=described.model.name))
    held = {row["name"]: row for row in rows}
    wanted = {column.name: column for column in described.columns}
    known = None if registered is None else registered.columns
    unknown = [name for name in held if name not in wanted and known is not None and name not in known]
    leftover = [name for name in unknown if held[name]["comment"] == OUR_COLUMN]
    refusing = [name for name, column in wanted.items() if name in held and held[name]["not_null"] > column.not_null]
    columns = {name: row["type"] for name, row in held.items() if name not in leftover}
    differs = _columns_differ(columns, described) or _key_differs(session, described, refusing)
    return Shape(
        missing=tuple(column for name, column in wanted.items() if name not in held),
        refusing_null=tuple(refusing),
        leftover=tuple(leftover),
        foreign=tuple(name for name in unknown if name not in leftover),
        otherwise=differs or _partitions_differ(session, described, kind),
    )


def require_table(session: Session, described: DescribedModel, registered: Registration) -> None:
    """Raises NotApplied or NeedsRebuild unless the read model's table is there in the shape of its definition."""
    found = standing(session, described, registered)
    is_view = described.model.is_view
    if found is None or (found.kind == "m") != is_view or (is_view and not found.current):
        raise NotApplied(described.full_name)
    if is_view:
        return
    shape = table_shape(session, described, registered, found.kind)
    lacks = f"the table lacks {', '.join(column.name for column in shape.missing)}" if shape.missing else ""
    difference = shape.otherwise or lacks
    if difference:
        raise NeedsRebuild(described.full_name, difference)


def _columns_differ(held: dict[str, str], described: DescribedModel) -> str:
    wanted = {column.name: column.type for column in described.columns}
    if all(wanted.get(name) == held_type for name, held_type in held.items()):
        return ""
    return f"the table has ({_listed(held)}), the definition yields ({_listed(wanted)})"


def _listed(columns: dict[str, str]) -> str:
    return ", ".join(f"{name} {of_type}" for name, of_type in columns.items())


def _key_differs(session: Session, described: DescribedModel, refusing_null: Sequence[str]) -> str:
    key = ", ".join(described.model.key)
    if not has_key(session, described):
        return f"the table has no primary key or unique constraint on ({key})"
    if set(refusing_null) & set(described.model.key):
        return f"the definition may yield NULL in the key ({key}), and the table takes none"
    return ""


def _partitions_differ(session: Session, described: DescribedModel, kind: str) -> str:
    missing = missing_partitions(session, described)
    if (kind == "p") != bool(described.partitions):
        is_, wants = ("is", "is not") if kind == "p" else ("is not", "is")
        return f"the table {is_} partitioned, and the read model {wants} declared so"
    if missing:
        return f"its partition {', '.join(partition.table.name for partition in missing)} is missing"
    return ""


def missing_partitions(session: Session, described: DescribedModel) -> list[Partition]:
    """Partitions that are not there. Raises NameTaken where another relation has the name of one."""
    held = partitions_of(session, described.table)
    missing = [partition for partition in described.partitions if partition.table not in held]
    for partition in missing:
        require_free(session, described.full_name, partition.table)
    return missing


def require_free(session: Session, owner: str, name: TableName) -> None:
    """Raises NameTaken where a relation or a type has the name of what is to be made for `owner`."""
    if session.one(query("catalog", "name_taken", schema=name.schema, name=name.name))["taken"]:
        raise NameTaken(owner, str(name))
