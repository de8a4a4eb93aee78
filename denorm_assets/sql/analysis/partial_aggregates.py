"""Definitions that read their sources only in SELECTs that aggregate: what is kept of blocks of rows, and all it makes.

A change then recomputes its block, and not everything, nor a group that is large.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from sqlglot import exp

from denorm_assets.model.catalog.blocks import IdBlocks
from denorm_assets.sql.analysis.aggregated_select import PLACEHOLDER, Aggregated, Kept, aggregated, block_number
from denorm_assets.sql.analysis.clock.definition_text import ANY_TIME
from denorm_assets.sql.analysis.clock.marks import tree_at
from denorm_assets.sql.analysis.id_occurrences import occurrences
from denorm_assets.sql.dialect import printed


@dataclass(frozen=True)
class Folded:
    """A definition whose tables are read in SELECTs that aggregate, alone.

    Attributes:
        tree: the definition, in which these stand.
        time: a timestamptz as SQL, for marks of the clock in it.
    """

    tree: exp.Query
    parts: tuple[Aggregated, ...]
    time: str = ANY_TIME

    def has_blocks(self, blocks: Sequence[IdBlocks]) -> bool:
        """Whether these are blocks of the IDs of its parts."""
        return len(blocks) == len(self.parts) and all(
            any(each.puts_out(of) for each in occurrences(part.select))
            for part, of in zip(self.parts, blocks, strict=True)
        )

    def at_time(self, time: str) -> Folded:
        """The same at another time."""
        return replace(self, time=time, parts=tuple(replace(part, time=time) for part in self.parts))

    def by_block(self, blocks: Sequence[IdBlocks]) -> exp.Query:
        """The partial aggregates of all blocks of all parts: changes reach blocks as they reach its groups."""
        count, width = len(self.parts), max(len(part.groups) + len(part.partials) for part in self.parts)
        found: list[exp.Query] = [
            part.by_block(block_number(of, number, count), width)
            for number, (part, of) in enumerate(zip(self.parts, blocks, strict=True))
        ]
        return reduce(lambda one, other: exp.union(one, other, distinct=False), found)

    def rows(self, groups: Sequence[Sequence[Kept]], states: Sequence[Sequence[Kept]]) -> str:
        """The definition over what is kept of blocks, of which these are the types in each part."""
        folded_parts = {id(part.select): part.folded(number) for number, part in enumerate(self.parts)}
        text = printed(tree_at(_replaced(self.tree, folded_parts), self.time))
        for number, part in enumerate(self.parts):
            for placeholder, meaning in part.folds(number, groups[number], states[number]).items():
                text = text.replace(f'"{placeholder}"', meaning)
        return text


def folded(tree: exp.Query, opaque: frozenset[str]) -> Folded | None:
    """`tree`, a qualified definition, where it can be kept by partial aggregates as far as its text tells.

    `opaque` are the names of functions of many rows, to which all other aggregates belong.
    """
    parts: list[Aggregated] = []
    waiting: list[exp.Expr] = [tree]
    while waiting:
        node = waiting.pop()
        part = aggregated(node, opaque) if isinstance(node, exp.Select) else None
        if part is not None and occurrences(part.select):
            parts.append(part)
        elif isinstance(node, exp.Table) and node.db:
            return None
        else:
            waiting += node.iter_expressions()
    return Folded(tree, tuple(parts)) if parts and PLACEHOLDER not in tree.sql() else None


def _replaced(tree: exp.Expr, replacements: Mapping[int, exp.Select]) -> exp.Expr:
    """A copy of `tree` with some of its nodes replaced."""
    copy = tree.copy()
    for node, copied in list(zip(tree.walk(), copy.walk(), strict=True)):
        if id(node) in replacements and copied is copy:
            return replacements[id(node)]
        if id(node) in replacements:
            copied.replace(replacements[id(node)])
    return copy
