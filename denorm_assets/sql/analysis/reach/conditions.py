"""What must hold for rows of nodes to matter to the result."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp


@dataclass(frozen=True)
class Condition:
    """A predicate over `nodes` (aliases) that must hold for rows of `serves` to matter.

    Attributes:
        open: whether it holds, or not, for all rows of a group alike that a subquery makes one row of.
    """

    predicate: exp.Expr
    nodes: frozenset[str]
    serves: frozenset[str]
    open: bool = True


def never(served: frozenset[str]) -> Condition:
    """The condition that is never true: rows of `served` do not matter."""
    return Condition(exp.EQ(this=exp.null(), expression=exp.null()), frozenset(), served)


def aliases_in(predicate: exp.Expr) -> frozenset[str]:
    """The aliases of the nodes that `predicate` names."""
    return frozenset(column.table for column in predicate.find_all(exp.Column))
