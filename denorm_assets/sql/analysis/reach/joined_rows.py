"""Anchors that are values of several rows which are joined to each other.

Of rows that leave together none finds the others any more. So the image of each is joined to the rows of the others and
to the logged images of theirs (design rule 3). Rows that others are joined through count among them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from denorm_assets.sql.analysis.reach.blocks import Node
from denorm_assets.sql.analysis.reach.conditions import Condition
from denorm_assets.sql.analysis.reach.scopes import ScopeReader

MOST_ROWS = 4
"""Each can be read as it is or as it was logged, so that the paths of one more are twice as long."""

Attached = Mapping[str, tuple[Condition, ...]]
"""Alias -> the conditions through which its rows reach a root; in the order of attachment."""


def joined_rows(reader: ScopeReader, rows: AbstractSet[str]) -> list[str]:
    """The aliases `rows`, and those that they are joined through, each joined to some before it; empty where none is.

    They are joined by what holds for all rows of a group alike: another row of the group could be the one whose value
    is passed out, and its image would not name the rows that it is joined to.
    """
    within = [alias for alias in reader.nodes if alias in rows]
    found = _in_order(reader, within, rows)
    if not found:
        between = [
            node.alias for node in reader.nodes.values() if node.alias in rows or _can_stand_between(reader, node)
        ]
        found = _in_order(reader, between, rows)
    return found if len(found) <= MOST_ROWS else []


def _can_stand_between(reader: ScopeReader, node: Node) -> bool:
    return node.table is not None and node.alias not in reader.nullable


def _in_order(reader: ScopeReader, allowed: Sequence[str], rows: AbstractSet[str]) -> list[str]:
    for start in allowed:
        attached = attach_rows(reader, [start, *(alias for alias in allowed if alias != start)])
        if start in rows and rows <= attached.keys():
            needed = closure(rows, attached, reader.nodes)
            return [alias for alias in attached if alias in needed and not reader.nodes[alias].needs]
    return []


def attach_rows(reader: ScopeReader, rows: Sequence[str]) -> dict[str, tuple[Condition, ...]]:
    """The first of `rows`, and those of the others that are joined to it, with functions of them in between."""
    attached = {rows[0]: filters(reader, rows[0], set())}
    grown = True
    while grown:
        grown = False
        for node in reader.nodes.values():
            if node.needs and node.needs <= attached.keys() and node.alias not in attached and not node.is_timed:
                attached[node.alias] = ()
                grown = True
        for alias in rows:
            conditions = tuple(
                each for each in filters(reader, alias, attached.keys()) if each.open or len(each.nodes) == 1
            )
            if alias not in attached and any(len(each.nodes) > 1 and alias in each.nodes for each in conditions):
                attached[alias] = conditions
                grown = True
    return attached


def filters(reader: ScopeReader, alias: str, attached: AbstractSet[str]) -> tuple[Condition, ...]:
    """What must hold for rows of `alias` to matter, as far as it can be said with what is attached.

    That includes what says nothing of these rows themselves: where `a.j <> 0` guards `12 / a.j`, it has to go along.
    """
    return tuple(
        condition
        for condition in reader.conditions
        if alias in condition.serves and condition.nodes <= attached | {alias}
    )


def closure(start: AbstractSet[str], attached: Attached, nodes: Mapping[str, Node]) -> set[str]:
    """The aliases of what has to be read for those at the start: what conditions name, and what functions are over."""
    needed: set[str] = set()
    waiting = list(start)
    while waiting:
        alias = waiting.pop()
        if alias in needed:
            continue
        needed.add(alias)
        waiting += [other for condition in attached.get(alias, ()) for other in condition.nodes]
        waiting += nodes[alias].needs
    return needed
