"""Deleting rows for good that were marked long ago: chosen in order, judged by what refers to them, then deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.statement import Listing, Part, Raw, Statement, name, table
from denorm_assets.sql.table_changes.soft_deletes import COLUMN

_CURSOR = name("denorm_purge")


@dataclass(frozen=True)
class Referring:
    """A foreign key that refers to a table.

    Attributes:
        marks: whether rows of the table that refers are marked, too, instead of being deleted.
    """

    table: TableName
    columns: tuple[str, ...]
    to_columns: tuple[str, ...]
    marks: bool


@dataclass(frozen=True)
class Purgeable:
    """A table with what purging it takes.

    Attributes:
        key: the columns of its primary key with their types.
        referring: the foreign keys that refer to it.
    """

    table: TableName
    key: Mapping[str, str]
    referring: tuple[Referring, ...]

    @property
    def refers_to_itself(self) -> bool:
        """Whether a row may have to wait for another one of the same table."""
        return any(each.table == self.table for each in self.referring)


def key_name(place: int) -> str:
    """What the key's column in that place is called in results and parameters."""
    return f"key_{place}"


def choose(of: Purgeable) -> Statement:
    """DECLARE of a cursor over the keys, as text, of rows marked before `before`, longest ago first.

    It is held over transactions without a snapshot; rows marked in one transaction are not to be sorted for each batch.
    """
    return Statement(
        "DECLARE {cursor} NO SCROLL CURSOR WITH HOLD FOR\n"
        "SELECT {key} FROM {table} AS held WHERE {mark} < %(before)s ORDER BY {mark}",
        {"cursor": _CURSOR, "key": _key(of), "table": table(of.table), "mark": name("held", COLUMN)},
    )


def next_batch(at_most: int) -> Statement:
    """FETCH of the next keys."""
    return Statement("FETCH {at_most} FROM {cursor}", {"at_most": Raw(str(at_most)), "cursor": _CURSOR})


def end() -> Statement:
    """CLOSE of the cursor."""
    return Statement("CLOSE {cursor}", {"cursor": _CURSOR})


def lock(of: Purgeable) -> Statement:
    """Lock rows given by their keys that are still marked; returns the keys. Those that others hold are left out.

    Until the transaction ends, nothing can come to refer to them, nor can the mark be taken away.
    """
    return Statement(
        "SELECT {key} FROM {given} JOIN {table} AS held ON {found}\n"
        "WHERE {mark} < %(before)s FOR UPDATE OF held SKIP LOCKED",
        {
            "key": _key(of),
            "given": _given(of),
            "table": table(of.table),
            "found": _found(of),
            "mark": name("held", COLUMN),
        },
    )


def judge(of: Purgeable, *, as_if_purged: bool) -> Statement:
    """Of rows given by their keys: whether rows refer to them, and whether one of those is not deleted itself.

    `as_if_purged` leaves out rows marked before `before`, which will be purged as well.
    """
    staying = " AND ({mark} < %(before)s) IS NOT TRUE" if as_if_purged else ""
    return Statement(
        "SELECT {key}, {referred} AS referred, {living} AS living\nFROM {given}\nJOIN {table} AS held ON {found}",
        {
            "key": _key(of),
            "referred": _exists(of, staying),
            "living": _exists(of, " AND {mark} IS NULL"),
            "given": _given(of),
            "table": table(of.table),
            "found": _found(of),
        },
    )


def delete(of: Purgeable) -> Statement:
    """DELETE of rows given by their keys."""
    return Statement(
        "DELETE FROM {table} AS held USING {given} WHERE {found}",
        {"table": table(of.table), "given": _given(of), "found": _found(of)},
    )


def _parts(of: Purgeable) -> list[tuple[str, str, str]]:
    """What each column of the key is called in parameters, the column, and its type."""
    return [(key_name(place), column, kind) for place, (column, kind) in enumerate(of.key.items())]


def _key(of: Purgeable) -> Listing:
    return Listing(
        tuple(
            Statement("{column}::text AS {alias}", {"column": name("held", column), "alias": name(alias)})
            for alias, column, _ in _parts(of)
        )
    )


def _given(of: Purgeable) -> Statement:
    aliases = [alias for alias, _, _ in _parts(of)]
    arrays = ", ".join(f"%({alias})s::text[]" for alias in aliases)
    return Statement(f"unnest({arrays}) AS given ({', '.join(aliases)})")


def _found(of: Purgeable) -> Listing:
    return Listing(
        tuple(
            Statement("{column} = {value}", {"column": name("held", column), "value": _cast(f"given.{alias}", kind)})
            for alias, column, kind in _parts(of)
        ),
        " AND ",
    )


def _cast(value: str, kind: str) -> Statement:
    return Statement(f"{value}::{{kind}}", {"kind": Raw(kind)})


def _exists(of: Purgeable, further: str) -> Listing:
    """Whether any row refers to `held`; `further` is asked of the mark of those that are marked."""
    return Listing(tuple(_refers(of, each, further) for each in of.referring) or (Raw("false"),), " OR ")


def _refers(of: Purgeable, referring: Referring, further: str) -> Statement:
    pairs = zip(referring.columns, referring.to_columns, strict=True)
    equal: tuple[Part, ...] = tuple(
        Statement("{column} = {to}", {"column": name("referring", column), "to": name("held", to)})
        for column, to in pairs
    )
    if referring.table == of.table:
        keys = {of_row: Listing(tuple(name(of_row, column) for column in of.key)) for of_row in ("referring", "held")}
        equal += (Statement("({referring}) IS DISTINCT FROM ({held})", keys),)
    return Statement(
        "EXISTS (SELECT FROM {table} AS referring WHERE {equal}{further})",
        {
            "table": table(referring.table),
            "equal": Listing(equal, " AND "),
            "further": Statement(further, {"mark": name("referring", COLUMN)}) if referring.marks else Raw(""),
        },
    )
