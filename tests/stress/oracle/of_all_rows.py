"""Generated definitions that aggregate all rows, in one row."""

from __future__ import annotations

from collections.abc import Sequence

from tests.stress.oracle.choosing import Chooser
from tests.stress.oracle.maintained import Defined
from tests.stress.oracle.sources import ROLES, Source


def of_all_rows(c: Chooser, sources: Sequence[Source]) -> Defined:
    """Aggregates without GROUP BY: in one SELECT, in several scalar subqueries or branches, or beneath another."""
    form = c.count(0, 9)
    if form == 9:
        parts = ", ".join(f"({_select(c, sources, 1)}) AS v{number}" for number in range(c.count(1, 3)))
        return Defined(f"SELECT {parts}", ("v0",), ())
    if form == 8:
        parts = [_select(c, sources, 1) for _ in range(c.count(1, 3))]
        branches = (f"SELECT {n} AS v0, b.v0::text AS v1 FROM ({part}) AS b" for n, part in enumerate(parts))
        return Defined(" UNION ALL ".join(branches), ("v0",), ())
    if form == 7:
        joined = f"({_select(c, sources, 2)}) AS a CROSS JOIN ({_select(c, sources, 1)}) AS b"
        return Defined(f"SELECT a.v0, b.v0 AS v1, a.v0 IS NULL AS none FROM {joined}", ("v0",), ())
    return Defined(_select(c, sources, 4), ("v0",), ())


def _select(c: Chooser, sources: Sequence[Source], most: int) -> str:
    """At most so many aggregates of one source or several, called v0 and so on."""
    source, other = c.pick(sources), c.pick(sources)
    x, y = ({role: f"{alias}.{of.column(role)}" for role in ROLES} for alias, of in (("x", source), ("y", other)))
    aggregates = ["count(*)", f"sum({x['n']})", f"avg({x['n']})", f"max({x['name']})", f"sum({x['amount']})"]
    aggregates += [f"bool_or({x['flag']})", f"avg({x['amount']}) FILTER (WHERE {x['n']} > 1)", f"min({x['grp']})"]
    aggregates += [f"coalesce(sum({x['n']}), 0) * count({x['grp']})", f"count(*) FILTER (WHERE {x['flag']})"]
    from_ = f"{source.name} AS x"
    if c.chance(50):
        on = c.pick([f"{y['n']} = {x['n']}", f"{y['grp']} = {x['n']} AND {y['n']} > 0"])
        if source.key_class == other.key_class and c.chance(50):
            on = f"{y['ref']} = {x['id']}"
        from_ += f" {c.pick(['', 'LEFT ', 'RIGHT '])}JOIN {other.name} AS y ON {on}"
        aggregates += [f"count({y['id']})", f"sum({x['n']} * {y['n']})", f"min({y['name']})"]
        aggregates += [f"count(DISTINCT {y['n']})"]
    there = f"EXISTS (SELECT FROM {other.name} AS z WHERE z.{other.column('n')} = {x['n']})"
    filters = [there, f"{x['n']} > 0", f"{x['name']} IS NOT NULL OR {x['flag']}"]
    where = f" WHERE {c.pick(filters)}" if c.chance(40) else ""
    having = f" HAVING count(*) {c.pick(['> 2', '< 5', '<> 0'])}" if c.chance(25) else ""
    outputs = ", ".join(f"{each} AS v{number}" for number, each in enumerate(c.some(aggregates, 1, most)))
    return f"SELECT {outputs} FROM {from_}{where}{having}"
