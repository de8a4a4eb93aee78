"""Functions of many rows in a SELECT list, moved to FROM, where each row is joined with those that come of it.

`SELECT unnest(a.tags) AS tag` means `SELECT t.tag FROM a CROSS JOIN LATERAL unnest(a.tags) AS t (tag)`. Where GROUP BY
names the call, PostgreSQL makes it before it groups, else after that.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from denorm_assets.sql.analysis.qualification import parsed
from denorm_assets.sql.dialect import printed

_VALUE = "value"


def move_functions_to_from(tree: exp.Query, yielding: frozenset[str], opaque: frozenset[str]) -> None:
    """Move these functions of `tree` to FROM wherever a SELECT list calls one alone, on the rows of that SELECT.

    `yielding` are the names of functions that yield rows, `opaque` also those of aggregates.
    """
    for number, select in enumerate([*tree.find_all(exp.Select)]):
        call = _only_call(select, yielding)
        if call is not None and _is_called_on_rows(select, call, opaque):
            _move(select, call, f"denorm_function_{number}")


def _only_call(select: exp.Select, yielding: frozenset[str]) -> exp.Expr | None:
    """The call in the SELECT list; None where there is none, or where several yield their rows side by side."""
    calls = [call for each in select.expressions for call in _own(select, each) if call.name.lower() in yielding]
    return calls[0] if calls and all(call == calls[0] for call in calls) else None


def _is_called_on_rows(select: exp.Select, call: exp.Expr, opaque: frozenset[str]) -> bool:
    """Whether `call` is evaluated before rows are grouped, and on nothing but columns."""
    if select.args.get("from_") is None or isinstance(call.parent, exp.Dot) or _computes(call, call, opaque):
        return False
    group = select.args.get("group")
    if group is not None:
        return any(term.unnest() == call for term in group.expressions)
    return not any(_computes(each, call, opaque) for each in select.expressions)


def _computes(part: exp.Expr, call: exp.Expr, opaque: frozenset[str]) -> bool:
    """Whether `part` has a subquery, or calls an aggregate or a function of many rows besides `call`."""
    found = part.find_all(exp.Query, exp.Window, exp.AggFunc, exp.Anonymous)
    return any(not isinstance(each, exp.Anonymous) or each.name.lower() in opaque for each in found if each != call)


def _move(select: exp.Select, call: exp.Expr, alias: str) -> None:
    text = f"SELECT 1 FROM x CROSS JOIN LATERAL {printed(call)} AS {alias}({_VALUE})"
    joined = parsed(text)
    for same in [same for same in _own(select, select) if same == call]:
        same.replace(exp.column(_VALUE, table=alias))
    select.append("joins", joined.args["joins"][0])


def _own(select: exp.Select, part: exp.Expr) -> Iterator[exp.Anonymous]:
    """The calls in `part` that belong to `select` itself."""
    for call in part.find_all(exp.Anonymous):
        if call.find_ancestor(exp.Select) is select:
            yield call
