"""LIMIT over more than one SELECT: where rows are equal in the ORDER BY, each plan may keep others."""

from __future__ import annotations

import re

from sqlglot import exp

from denorm_assets.sql.analysis.refusal import Refusal

_REMEDY = "Order by all output columns, or write LIMIT inside of a query with an ORDER BY down to a unique column"
_KEEPS_SOME = re.compile(r":hasDistinctOn true|:limit(?:Count|Offset) \{|\{WINDOWCLAUSE ")


def require_order_over_queries(tree: exp.Query) -> None:
    """Raises Refusal for the first set operation of `tree`, or query in parentheses, of which LIMIT keeps any rows."""
    for query in tree.find_all(exp.SetOperation, exp.Subquery):
        if not (query.args.get("limit") or query.args.get("offset")):
            continue
        first = query
        while not isinstance(first, exp.Select):
            first = first.this
        names = [projection.alias_or_name for projection in first.expressions]
        order = query.args.get("order")
        keys = [each.this if isinstance(each, exp.Ordered) else each for each in order.expressions] if order else []
        ordered = {names[int(key.name) - 1] if isinstance(key, exp.Literal) else key.name for key in keys}
        for name in names:
            if name not in ordered:
                raise Refusal(
                    f"LIMIT in {query.sql('postgres')}",
                    f"rows may be equal in its ORDER BY and differ in {name}",
                    _REMEDY,
                    in_views=True,
                )


def require_nothing_chosen(parsed: str) -> None:
    """Raises Refusal where a query, parsed by PostgreSQL but not understood here, keeps some rows by their order."""
    if _KEEPS_SOME.search(parsed):
        raise Refusal(
            "LIMIT, DISTINCT ON or a window",
            "denorm-assets cannot tell whether its ORDER BY decides which rows come first",
            "Write unusual syntax in the definition in another way, or put it into an IMMUTABLE function",
            in_views=True,
        )
