"""Which output column changes are traced to: the one from which the fewest rows of sources are whole."""

from __future__ import annotations

from denorm_assets.db.introspection.sources import anchor_costs
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.catalog.described import DescribedModel

_TYPES = ("smallint", "integer", "bigint", "uuid", "boolean", "date", "text", "character varying", "timestamp")
"""Types that a column outside of the key may have, with a modifier or without."""


def best_anchor(session: Session, described: DescribedModel) -> str | None:
    """The column to trace changes to, whatever the order of the key; one of the key if that is as good.

    None where the driving column, or else the first of the key, is as good as any.
    """
    usual, key = described.usual_anchor, described.model.key
    fit = [
        column.name
        for column in described.columns
        if not column.type.endswith("[]") and (column.name in key or (column.exact and column.type.startswith(_TYPES)))
    ]
    candidates = [name for name in dict.fromkeys([usual, *key, *fit]) if name in fit]
    costs = anchor_costs(session, described, candidates)
    best = min(costs, key=lambda name: costs[name], default=usual)
    return None if best == usual else best
