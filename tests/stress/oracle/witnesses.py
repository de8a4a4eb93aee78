"""Generated definitions whose sources are joined by subqueries, or by what outer joins can leave out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.stress.oracle.choosing import Chooser
from tests.stress.oracle.maintained import Defined
from tests.stress.oracle.sources import ROLES, Source

_Columns = Mapping[str, str]


def by_witness(c: Chooser, sources: Sequence[Source]) -> Defined:
    """Two sources joined by EXISTS, IN or an equal value of a third, which may be negated or one of two ways."""
    source, other, third = c.pick(sources), c.pick(sources), c.pick(sources)
    x, y, w = (_columns(alias, of) for alias, of in (("x", source), ("y", other), ("w", third)))
    to_x, to_y = _equal(c, third, w, source, x), _equal(c, third, w, other, y)
    from_, member, value = f"{third.name} AS w", *to_y
    where = " = ".join(to_x) + c.pick(["", "", f" AND {w['n']} > 1", f" AND {y['grp']} < 3"])
    within = f"WHERE {where} AND {member} = {value}"
    forms = [f"EXISTS (SELECT FROM {from_} {within})"] * 3 + [f"NOT EXISTS (SELECT FROM {from_} {within})"]
    forms += [f"EXISTS (SELECT {w['n']} FROM {from_} {within} GROUP BY {w['n']} HAVING count(*) > 1)"]
    forms += [
        f"EXISTS (SELECT count(*) FROM {from_} {within})",
        f"({x['n']} > 2 OR EXISTS (SELECT FROM {from_} {within}))",
    ]
    forms += [f"{value} {c.pick(['IN', 'IN', '= ANY', 'NOT IN'])} (SELECT {member} FROM {from_} WHERE {where})"]
    forms += [f"{y['n']} = (SELECT {c.pick(['max', 'min'])}({w['n']}) FROM {from_} WHERE {where})"] * 2
    forms += [
        f"{value} = (SELECT {member} FROM {from_} WHERE {where} ORDER BY {member} {c.pick(['', 'DESC'])} LIMIT 1)"
    ]
    forms += [f"{value} IN (SELECT {member} FROM {from_} WHERE {where} ORDER BY {member} LIMIT 2)"]
    return _grouped(c, f"{source.name} AS x", x, other, y, c.pick(forms))


def by_doubtful(c: Chooser, sources: Sequence[Source]) -> Defined:
    """A source joined by what one or two outer joins can leave out, or else by something besides."""
    source, one, two, last = (c.pick(sources) for _ in range(4))
    x, y, z, w = (_columns(alias, of) for alias, of in (("x", source), ("y", one), ("z", two), ("w", last)))
    from_ = f"{source.name} AS x LEFT JOIN {one.name} AS y ON {' = '.join(_equal(c, one, y, source, x))}"
    from_ += f" LEFT JOIN {two.name} AS z ON {' = '.join(_equal(c, two, z, *c.pick([(source, x), (one, y)])))}"
    role = c.pick(["n", "grp"])
    mine = w[c.pick(["n", "grp"])]
    forms = [f"{mine} = coalesce({y[role]}, {z[role]})", f"{mine} = coalesce({z[role]}, {y[role]}, {x[role]})"]
    forms += [f"{mine} IN ({x[role]}, {y[role]})", f"({mine} = {z[role]} OR {mine} = {y[role]})"]
    forms += [f"{mine} = coalesce({y[role]}, 2)", f"{mine} IS NOT DISTINCT FROM {z[role]}"]
    forms += [f"{mine} = CASE WHEN {y['name']} IS NULL THEN {x[role]} ELSE {z[role]} END"]
    v = _columns("v", last)
    forms += [f"coalesce({y[role]}, {x[role]}) IN (SELECT {v['n']} FROM {last.name} AS v WHERE {v['grp']} = {mine})"]
    return _grouped(c, from_, x, last, w, c.pick(forms))


def by_lost(c: Chooser, sources: Sequence[Source]) -> Defined:
    """Groups by what an outer join can leave out, joined by that."""
    source, one, two = (c.pick(sources) for _ in range(3))
    x, y, z = (_columns(alias, of) for alias, of in (("x", source), ("y", one), ("z", two)))
    mine, key = _equal(c, source, x, one, y)
    inner = f"{two.name} AS z LEFT JOIN {one.name} AS y ON {' = '.join(_equal(c, one, y, two, z))}"
    if c.chance(30):
        inner += f" {c.pick(['', 'LEFT '])}JOIN {two.name} AS v ON v.{two.column('n')} = {c.pick([y, z])['grp']}"
    groups = f"(SELECT {key} AS k, count(*) AS n, max({z['name']}) AS name FROM {inner} GROUP BY {key}) AS g"
    on = c.pick([f"g.k = {mine}", f"g.k = {mine} AND g.n > 1", f"g.k = {mine} OR g.k IS NULL"])
    from_ = f"{source.name} AS x {c.pick(['', 'LEFT '])}JOIN {groups} ON {on}"
    text = f"SELECT {x['id']} AS id, count(g.k) AS n, max(g.name) AS name FROM {from_} GROUP BY {x['id']}"
    return Defined(text, ("id",), ())


def _columns(alias: str, source: Source) -> dict[str, str]:
    return {role: f"{alias}.{source.column(role)}" for role in ROLES}


def _equal(c: Chooser, source: Source, x: _Columns, other: Source, y: _Columns) -> tuple[str, str]:
    """A column of each, of one type."""
    if source.key_class == other.key_class and c.chance(60):
        return x[c.pick(["ref", "id", "other"])], y[c.pick(["id", "ref"])]
    return c.pick([(x["n"], y["n"]), (x["grp"], y["n"]), (x["name"], y["name"])])


def _grouped(c: Chooser, from_: str, x: _Columns, other: Source, y: _Columns, on: str) -> Defined:
    """Groups by a column of `x` of what is joined so to `other`."""
    joined = c.pick([f"JOIN {other.name} AS {{}} ON {on}", f"LEFT JOIN {other.name} AS {{}} ON {on}", "CROSS JOIN"])
    alias = y["n"].partition(".")[0]
    if joined == "CROSS JOIN":
        from_ = f"{from_} CROSS JOIN {other.name} AS {alias} WHERE {on}"
    else:
        from_ = f"{from_} {joined.format(alias)}"
    key = x[c.pick(["id", "id", "ref", "n"])]
    text = (
        f"SELECT {key} AS id, count(*) AS n, max({y['name']}) AS name, sum({y['n']}) AS m FROM {from_} GROUP BY {key}"
    )
    return Defined(text, ("id",), ())
