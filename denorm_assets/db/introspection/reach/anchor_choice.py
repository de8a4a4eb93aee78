"""Which output columns changes are traced to: those from which the fewest rows of sources are whole, and the finest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from sqlglot import exp

from denorm_assets.db.introspection.definition_tree import parse_definition
from denorm_assets.db.introspection.estimates import held_rows
from denorm_assets.db.introspection.reach.shape import named_tables, reach_by_key, shape_of, source_columns
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.refusal import Refusal
from denorm_assets.sql.control import query

_TYPES = ("smallint", "integer", "bigint", "uuid", "boolean", "date", "text", "character varying", "timestamp")
"""Types that a column outside of the key, and one of several, may have, with a modifier or without."""


def best_anchor(session: Session, described: DescribedModel) -> tuple[str, ...]:
    """The columns to trace changes to, whatever the order of the key; of the key if that is as good.

    None of them where the driving column, or else the first of the key, is as good as any. Several columns of the key
    where changes reach all of them together at the cost of one, which many rows may have: fewer have all of them.
    """
    cost = _costs(session, described)
    if cost is None:
        return ()
    usual, key = described.usual_anchor, described.model.key
    scalar = [column for column in described.columns if not column.type.endswith("[]")]
    plain = [column.name for column in scalar if column.exact and column.type.startswith(_TYPES)]
    names = [column.name for column in scalar]
    candidates = [(name,) for name in dict.fromkeys([usual, *key, *plain]) if name in names]
    best = candidates[0] if candidates else (usual,)
    for candidate in candidates:
        if not any(cost(best).weight):
            break
        best = min(best, candidate, key=lambda names: cost(names).weight)
    if not described.drivers and best[0] in key and best[0] in plain and not _is_unique(session, cost(best)):
        for column in key:
            finer = tuple(name for name in key if name in (*best, column))
            if column in plain and cost(finer).weight <= cost(best).weight:
                best = finer
    return () if best == (usual,) else best


@dataclass(frozen=True)
class _Cost:
    """What an anchor costs.

    Attributes:
        weight: about how many rows there are in sources of which any change reaches many rows: in those that are whole
            and those that reach the rows which an outer join leaves the anchor out of; and in the first alone.
        origins: the columns of sources whose values it is, where it is one column.
    """

    weight: tuple[int, int]
    origins: frozenset[tuple[TableName, str]]


def _costs(session: Session, described: DescribedModel) -> Callable[[tuple[str, ...]], _Cost] | None:
    """What these output columns would cost as the anchor; None where the definition's shape is not understood."""
    named, views = named_tables(session, described)
    try:
        columns = source_columns(session, views.in_place_of(named))
        shape = shape_of(session, described, parse_definition(session, described, views), columns)
    except Refusal:
        return None

    @cache
    def cost(outputs: tuple[str, ...]) -> _Cost:
        reach, clock = reach_by_key(replace(described, anchored_by=outputs), shape)
        whole = [*reach.whole, *(columns if clock is not None and clock.whole is not None else ())]
        origins = {
            (path.source, path.anchor.name)
            for path in reach.paths
            if path.alias == path.root.alias and isinstance(path.anchor, exp.Column)
        }
        left_out = {path.source for path in reach.paths if path.is_of_one_value}
        rows, of_whole = (sum(1 + held_rows(session, table) for table in of) for of in ({*whole} | left_out, whole))
        return _Cost((rows, of_whole), frozenset(origins))

    return cost


def _is_unique(session: Session, cost: _Cost) -> bool:
    """Whether each value of the anchor is one row's."""
    return bool(cost.origins) and all(
        session.one(query("sources", "is_unique", schema=source.schema, table=source.name, column=column))["present"]
        for source, column in cost.origins
    )
