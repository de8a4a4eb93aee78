"""What time alone alters in a read model, in words."""

from __future__ import annotations

from sqlglot import exp

from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.refresh import Full
from denorm_assets.sql.analysis.clock.marks import tree_at
from denorm_assets.sql.analysis.clock.reach import ClockReach, Moved
from denorm_assets.sql.analysis.index_advice import Lookup
from denorm_assets.sql.analysis.reach.blocks import Node
from denorm_assets.sql.analysis.wording import in_words

_AS_WRITTEN = {
    "(now())": "now()",
    "CAST(now() AS DATE)": "CURRENT_DATE",
    "CAST(now() AS TIMESTAMP)": "LOCALTIMESTAMP",
}


def clock_sentences(described: DescribedModel, reach: ClockReach | None) -> tuple[str, ...]:
    """What is recomputed as time passes, how often, and what is read to find it; nothing where no clock is read."""
    refresh = described.model.refresh
    if reach is None or isinstance(refresh, Full):
        return ()
    how_often = f"Every {refresh.clock:g} s, as time passes,"
    if reach.whole is not None:
        return (f"{how_often} all rows are recomputed ({reach.whole}).",)
    found = [f"{how_often} {_of_rows(moved)}" for moved in reach.moved]
    if reach.alone:
        values = " or ".join(dict.fromkeys(_spoken(value, {}) for value in reach.alone))
        found.append(f"{how_often} all rows are recomputed where {values} is another value.")
    return tuple(dict.fromkeys(found))


def clock_lookups(reach: ClockReach | None) -> list[Lookup]:
    """The columns that are compared with the clock, and by which an index finds the rows whose time has come."""
    found: dict[Lookup, None] = {}
    for moved in reach.moved if reach is not None else ():
        value = moved.bounds.value.unnest() if moved.bounds is not None else None
        tables = {node.alias: node.table for node in moved.nodes}
        if isinstance(value, exp.Column) and (table := tables.get(value.table)) is not None:
            found[Lookup(table, columns=(value.name,))] = None
    return list(found)


def _of_rows(moved: Moved) -> str:
    nodes = {node.alias: node for node in moved.nodes}
    if moved.redrawn is not None:
        return "the rows of values that the clock adds or removes are recomputed."
    if moved.bounds is not None:
        value, limit = (_spoken(each, nodes) for each in (moved.bounds.value, moved.bounds.limit))
        return f"the rows for which {limit} has reached {value} are recomputed."
    assert moved.changed is not None
    read = " and ".join(dict.fromkeys(_called(node) for node in moved.nodes if node.table is not None))
    return (
        f"the rows for which {_spoken(moved.changed, nodes)} is another value are recomputed; that reads all of {read}."
    )


def _spoken(expression: exp.Expr, nodes: dict[str, Node]) -> str:
    labels = {alias: _called(node) for alias, node in nodes.items()}
    functions = {alias: node for alias, node in nodes.items() if node.function is not None}
    text = in_words(tree_at(expression, "now()"), labels, functions)
    for printed, written in _AS_WRITTEN.items():
        text = text.replace(printed, written)
    return text


def _called(node: Node) -> str:
    return node.table.name if node.table is not None else "the function"
