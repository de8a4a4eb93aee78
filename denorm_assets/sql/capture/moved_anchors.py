"""The anchors that a move of the clock alters, as a SELECT that the database keeps with the read model."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from denorm_assets.sql.analysis.clock.marks import tree_at
from denorm_assets.sql.analysis.clock.reach import Bounds, ClockReach, Moved
from denorm_assets.sql.analysis.reach.blocks import Node
from denorm_assets.sql.capture.affected_anchors import from_item, printed_anchor
from denorm_assets.sql.dialect import printed
from denorm_assets.sql.statement import Listing, Raw, Statement, columns, name

_BEFORE, _AFTER = (f"pg_catalog.current_setting('denorm.clock_{which}')::timestamptz" for which in ("before", "after"))
"""`denorm.move_clock` sets both. Of a setting, the planner knows the value."""


def moved_anchors(reach: ClockReach, anchor_types: Sequence[str]) -> Statement | None:
    """SELECT of (anchor, everything) that are altered when the clock moves; None where each move alters any row."""
    if reach.whole is not None:
        return None
    selects = [_of_rows(moved, anchor_types) for moved in reach.moved]
    if reach.alone:
        any_changed = Listing(tuple(_differs(expression) for expression in reach.alone), " OR ")
        selects.append(Statement("SELECT NULL::text, true WHERE {changed}", {"changed": any_changed}))
    return Statement("{selects}", {"selects": Listing(tuple(selects), "\nUNION\n")})


def _of_rows(moved: Moved, anchor_types: Sequence[str]) -> Statement:
    conditions = [Statement("({p})", {"p": Raw(printed(predicate))}) for predicate in moved.predicates]
    if moved.bounds is not None:
        conditions.append(_within(moved.bounds))
    if moved.changed is not None:
        conditions.append(_differs(moved.changed))
    items = (_redrawn(node) if node == moved.redrawn else from_item(node) for node in moved.nodes)
    return Statement(
        "SELECT {anchor}, false FROM {items} WHERE {conditions}",
        {
            "anchor": printed_anchor(moved.anchor, anchor_types),
            "items": Listing(tuple(items)),
            "conditions": Listing((Raw("true"), *conditions), " AND "),
        },
    )


def _differs(expression: exp.Expr) -> Statement:
    return Statement("(({before}) IS DISTINCT FROM ({after}))", _at_both(expression))


def _within(bounds: Bounds) -> Statement:
    return Statement(
        "({value}) >= LEAST({before}, {after}) AND ({value}) <= GREATEST({before}, {after})",
        {"value": Raw(printed(bounds.value)), **_at_both(bounds.limit)},
    )


def _redrawn(node: Node) -> Statement:
    """The rows that a function of the clock yields at one of both times only."""
    functions = (from_item(node.at_time(time)) for time in (_BEFORE, _AFTER))
    before, after = (Statement("SELECT * FROM {item}", {"item": function}) for function in functions)
    return Statement(
        "(({before} EXCEPT ALL {after}) UNION ALL ({after} EXCEPT ALL {before})) AS {alias} ({columns})",
        {"before": before, "after": after, "alias": name(node.alias), "columns": columns(node.columns)},
    )


def _at_both(expression: exp.Expr) -> dict[str, Raw]:
    return {
        which: Raw(f"({printed(tree_at(expression, time))})")
        for which, time in (("before", _BEFORE), ("after", _AFTER))
    }
