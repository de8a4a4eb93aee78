"""What time alone alters: the anchors of rows for which an expression over the clock has another value than before.

Each place where a definition reads the clock is looked at with the widest expression around it that is a value of rows,
a comparison as a rule. That is as good as a column of these rows which changes when the clock moves, so that the paths
of a changed row lead to the anchors here too. Conditions that read the clock themselves are no part of a path.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from sqlglot import exp

from denorm_assets.sql.analysis.clauses import stands_in_from
from denorm_assets.sql.analysis.clock.marks import is_mark, marks
from denorm_assets.sql.analysis.null_rejection import is_null_of_nulls
from denorm_assets.sql.analysis.reach.blocks import Block, Derived, Node, is_extreme
from denorm_assets.sql.analysis.reach.readings import Reading, readings, way
from denorm_assets.sql.analysis.refusal import Refusal

_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)
_VALUES = (exp.Condition, exp.Tuple, exp.Interval, exp.AtTimeZone)
_OF_SEVERAL = (exp.And, exp.Or, exp.Case, exp.If, exp.AggFunc, exp.Filter, exp.Window, exp.Query)
"""Where the value of an expression over the clock is used, but no part of a wider one."""
_NEVER_NULL = (exp.Literal, exp.Interval, exp.Cast, exp.DataType, exp.Paren, exp.Add, exp.Sub, exp.AtTimeZone, exp.Var)


@dataclass(frozen=True)
class Bounds:
    """A value of rows that is compared with `limit`, an expression of the clock that is never NULL."""

    value: exp.Expr
    limit: exp.Expr


@dataclass(frozen=True)
class Moved:
    """Rows that may have changed because the clock moved, and the way from there to their anchors.

    Attributes:
        changed: the expression that may have another value than before; None where `bounds` alone tell, or `redrawn`.
        bounds: rows outside of them have not changed: an index finds the others.
        redrawn: the function of the clock in FROM whose rows, in one time only, are anchors.
        nodes: what is read, in an order in which each needs only what stands before it.
    """

    changed: exp.Expr | None
    bounds: Bounds | None
    redrawn: Node | None
    anchor: exp.Expr
    nodes: tuple[Node, ...]
    predicates: tuple[exp.Expr, ...]


@dataclass
class ClockReach:
    """What a move of the clock alters.

    Attributes:
        moved: the rows that lead to anchors.
        alone: expressions of the clock alone; where the value of one is another one, any row may be.
        whole: why each move may alter any row; None where it does not.
    """

    moved: dict[Moved, None] = field(default_factory=dict[Moved, None])
    alone: dict[exp.Expr, None] = field(default_factory=dict[exp.Expr, None])
    whole: str | None = None


def clock_reach_of(tree: exp.Query, anchor: Sequence[str], opaque: frozenset[str] = frozenset()) -> ClockReach:
    """What a move of the clock alters in the qualified `tree`, in which marks stand for the clock; see `reach_of`."""
    found = ClockReach()
    seen: set[str] = set()
    try:
        for reading in readings(tree, anchor, opaque):
            for node in reading.nodes.values():
                if node.function is not None and node.is_timed:
                    seen |= marks(node.function)
                    _redrawn(found, reading, node, node.function)
            for block in reading.blocks:
                for mark in _own_marks(block):
                    seen |= marks(mark)
                    _add(found, reading, block, mark)
    except Refusal as refusal:
        found.whole = str(refusal)
    if marks(tree) - seen:
        found.whole = found.whole or "it reads the clock where its rows cannot be told"
    return found


def _redrawn(found: ClockReach, reading: Reading, node: Node, function: exp.Expr) -> None:
    """A function of the clock in FROM, whose rows are others when its arguments are."""
    roots = [root for root in reading.roots if root.node.alias == node.alias]
    for root in roots:
        found.moved[Moved(None, None, node, root.anchor, (node,), ())] = None
    if roots:
        return
    if function.find(exp.Column) is not None:
        found.whole = f"the rows of {function.name or 'a function'} depend on the clock and on other rows"
    else:
        found.alone |= {argument: None for argument in function.iter_expressions() if marks(argument)}


def _own_marks(block: Block) -> Iterator[exp.Expr]:
    """The marks in a SELECT that stand neither in its FROM, but for ON, nor in another SELECT."""
    for node in block.select.find_all(exp.Anonymous):
        if is_mark(node) and node.find_ancestor(exp.Select) is block.select and not stands_in_from(node, block.select):
            yield node


def _add(found: ClockReach, reading: Reading, block: Block, mark: exp.Expr) -> None:
    widest, value = _widest(block, mark)
    bounds = _bounds(value) if value.find(exp.Column) is not None else None
    changed: exp.Expr | None = value
    if value.find(exp.Column) is None:
        bounds = _bounds_of_extreme(reading, block, widest, value)
        changed = None
        if bounds is None:
            found.alone[value] = None
            return
    of_rows = bounds.value if changed is None and bounds is not None else value
    aliases = {column.table for column in of_rows.find_all(exp.Column)}
    extended = aliases & reading.nullable
    if extended and not (bounds is not None and _is_null_without(bounds.value, extended)):
        found.whole = "an outer join can make NULL what is compared with the clock"
        return
    reached = [root for root in reading.roots if aliases <= root.attached.keys()]
    for root in reached:
        needed, conditions = way(reading.nodes, sorted(aliases), root)
        nodes = tuple(reading.nodes[alias] for alias in root.attached if alias in needed)
        predicates = tuple(condition.predicate for condition in conditions)
        found.moved[Moved(changed, bounds, None, root.anchor, nodes, predicates)] = None
    if not reached:
        found.whole = reading.reason


def _is_null_without(value: exp.Expr, extended: AbstractSet[str]) -> bool:
    """Whether `value` is NULL in a row of NULLs that an outer join makes of any of these: that never changes."""
    return is_null_of_nulls(value) and {column.table for column in value.find_all(exp.Column)} >= extended


def _widest(block: Block, mark: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    """The widest expression around a mark that is a value of rows, as it is written and over nodes."""
    widest, value = mark, block.resolve(mark) or mark
    while not isinstance(widest, _COMPARISONS):
        around = widest.parent
        if not isinstance(around, _VALUES) or isinstance(around, _OF_SEVERAL):
            break
        resolved = block.resolve(around)
        if resolved is None:
            break
        widest, value = around, resolved
    return widest, value


def _bounds(value: exp.Expr) -> Bounds | None:
    """How an index finds the rows for which `value`, a comparison, is another one than before."""
    comparison = value.unnest()
    if isinstance(comparison, _COMPARISONS):
        for tested, limit in ((comparison.this, comparison.expression), (comparison.expression, comparison.this)):
            if not marks(tested) and tested.find(exp.Column) is not None and _is_limit(limit):
                return Bounds(tested, limit)
    return None


def _bounds_of_extreme(reading: Reading, block: Block, widest: exp.Expr, limit: exp.Expr) -> Bounds | None:
    """The same where the clock is compared with a maximum or minimum: that is the value of some row."""
    comparison = widest.parent
    if not isinstance(comparison, _COMPARISONS) or not _is_limit(limit):
        return None
    other = comparison.expression if comparison.this is widest else comparison.this
    value = _of_extreme(reading.blocks, block, other)
    return None if value is None or value.find(exp.Column) is None or marks(value) else Bounds(value, limit)


def _of_extreme(blocks: Sequence[Block], block: Block, expression: exp.Expr) -> exp.Expr | None:
    """The value, over nodes, whose maximum or minimum `expression` of `block` is."""
    inner = expression.unnest()
    if isinstance(inner, exp.Filter):
        inner = inner.this
    if is_extreme(inner):
        return block.resolve(inner.expressions[0])
    if isinstance(inner, exp.Column):
        item = block.items.get(inner.table)
        if isinstance(item, Derived) and inner.name in item.names:
            column = item.block.select.expressions[item.names.index(inner.name)]
            return _of_extreme(blocks, item.block, column.unalias())
    if isinstance(inner, exp.Select) and len(inner.expressions) == 1:
        of_query = next((each for each in blocks if each.select is inner), None)
        return of_query and _of_extreme(blocks, of_query, inner.expressions[0].unalias())
    return None


def _is_limit(expression: exp.Expr) -> bool:
    """Whether `expression` is one of the clock and constants that is never NULL."""
    return bool(marks(expression)) and all(
        isinstance(node, _NEVER_NULL) or is_mark(node) or _truncates(node) for node in expression.walk()
    )


def _truncates(node: exp.Expr) -> bool:
    return isinstance(node, exp.Anonymous) and str(node.this).lower() in ("date_trunc", "make_interval")
