"""The sources of which each row in FROM has one, so that it has their ID, and how that is named there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from denorm_assets.model.catalog.blocks import IdBlocks
from denorm_assets.model.table_name import TableName

_ROW_FOR_ROW = frozenset({"expressions", "from_", "joins", "where", "order"})
"""The clauses of a subquery that has a row for each in its FROM, or none."""


@dataclass(frozen=True)
class Occurrence:
    """A source of which each row in FROM has one.

    Attributes:
        alias: what stands in FROM: the source, or a subquery over it.
        columns: those of its columns that can be named there -> how; None where all can, by their names.
    """

    alias: str
    table: TableName
    columns: Mapping[str, str] | None = None

    def named(self, column: str) -> str | None:
        """How a column of the source is called there; None where it cannot be named."""
        return column if self.columns is None else self.columns.get(column)

    def puts_out(self, blocks: IdBlocks) -> bool:
        """Whether the IDs of these blocks are its."""
        return self.alias == blocks.alias and (self.columns is None or blocks.column in self.columns.values())


def occurrences(select: exp.Select) -> list[Occurrence]:
    """The sources in FROM of `select` that no outer join makes NULL."""
    joins: list[exp.Join] = select.args.get("joins") or []
    read = [(select.args["from_"].this, ""), *((join.this, join.side) for join in joins)]
    found: list[Occurrence] = []
    for number, (item, side) in enumerate(read):
        later = {each for _, each in read[number + 1 :]}
        if side in ("LEFT", "FULL") or not later.isdisjoint({"RIGHT", "FULL"}):
            continue
        if _is_plain(item):
            found.append(Occurrence(item.alias_or_name, TableName(item.name, item.db)))
        elif not item.args.get("joins"):
            found += _within(item)
    return found


def _within(item: exp.Expr) -> list[Occurrence]:
    """The sources of what is a subquery in FROM, with a row for each of theirs, as far as it puts out their columns."""
    select = item.this
    if not isinstance(select, exp.Select) or not {name for name, value in select.args.items() if value} <= _ROW_FOR_ROW:
        return []
    if not select.args.get("from_") or any(each.find(exp.AggFunc) is not None for each in select.expressions):
        return []
    found: list[Occurrence] = []
    for inner in occurrences(select):
        columns: dict[str, str] = {}
        for output in select.expressions:
            value = output.unalias()
            if isinstance(value, exp.Column) and value.table == inner.alias:
                columns[value.name] = output.alias_or_name
        below = inner.columns
        if below is not None:
            columns = {column: columns[name] for column, name in below.items() if name in columns}
        found.append(Occurrence(item.alias_or_name, inner.table, columns))
    return found


def _is_plain(item: exp.Expr) -> bool:
    """Whether `item` is a table under its columns' own names, and nothing else."""
    return (
        isinstance(item, exp.Table)
        and isinstance(item.this, exp.Identifier)
        and not item.alias_column_names
        and not (item.args.get("joins") or item.args.get("sample"))
    )
