"""Generated definitions of more shapes: set operations in FROM, full joins, keys of expressions, and what is whole."""

from __future__ import annotations

from collections.abc import Sequence

from tests.stress.oracle.choosing import Chooser
from tests.stress.oracle.maintained import Defined
from tests.stress.oracle.sources import ROLES, Source

_KEYS = ["ref", "id", "other"]


def set_operation(c: Chooser, sources: Sequence[Source], operators: Sequence[str]) -> str:
    """Two or three branches that yield `ref`, `n` and `name`, each of one source or of two that are joined."""
    first = c.pick(sources)
    alike = [each for each in sources if each.key_class == first.key_class]
    text = _branch(c, first, alike)
    for _ in range(c.count(1, 2)):
        text += f" {c.pick(operators)} {_branch(c, c.pick(alike), alike)}"
    return text


def _branch(c: Chooser, source: Source, alike: Sequence[Source]) -> str:
    key = f"y.{source.column(c.pick(_KEYS))}"
    text = (
        f"SELECT {key} AS ref, y.{source.column('n')} AS n, y.{source.column('name')} AS name FROM {source.name} AS y"
    )
    if c.chance(25):
        other = c.pick(alike)
        text += f" {c.pick(['', 'LEFT '])}JOIN {other.name} AS z ON z.{other.column('id')} = y.{source.column('ref')}"
    if c.chance(30):
        text += f" WHERE y.{source.column('n')} > 1"
    return text


def over_set_operation(c: Chooser, sources: Sequence[Source]) -> Defined:
    """Groups, or distinct rows, of a set operation in FROM or in a common table expression, joined to a source."""
    union = set_operation(c, sources, ["UNION ALL", "UNION ALL", "UNION", "EXCEPT", "INTERSECT"])
    source = c.pick(sources)
    from_, common = f"({union}) AS u", ""
    if c.chance(30):
        common, from_ = f"WITH u AS ({union}) ", "u"
    joined = ""
    if c.chance(50):
        left = c.pick(["", "LEFT "])
        joined = f" {left}JOIN {source.name} AS s ON s.{source.column('n')} = u.n"
    counted = f", count(s.{source.column('id')}) AS m" if joined else ""
    if c.chance(30):
        return Defined(f"{common}SELECT DISTINCT u.ref AS id, u.n AS n FROM {from_}{joined}", ("id", "n"), ())
    having = " HAVING count(*) > 1" if c.chance(20) else ""
    text = f"{common}SELECT u.ref AS id, count(*) AS n, max(u.name) AS name{counted} FROM {from_}{joined}"
    return Defined(f"{text} GROUP BY u.ref{having}", ("id",), ())


def at_top(c: Chooser, sources: Sequence[Source]) -> Defined:
    """A set operation that is the definition, by distinct rows."""
    operators = [c.pick(["UNION", "INTERSECT", "EXCEPT"])]
    return Defined(f"{set_operation(c, sources, operators)}", ("ref", "n", "name"), ())


def levels(c: Chooser, sources: Sequence[Source]) -> Defined:
    """Grouping sets that all have one column, at times in FROM and grouped again."""
    source, other = c.pick(sources), c.pick(sources)
    key = f"x.{source.column(c.pick([*_KEYS, 'name']))}"
    n, flag = f"x.{source.column('n')}", f"x.{source.column('flag')}"
    sets = c.pick(
        [
            f"{key}, ROLLUP ({n}, {flag})",
            f"{key}, CUBE ({n}, {flag})",
            f"GROUPING SETS (({key}, {n}), ({flag}, {key}), ({key}))",
            f"GROUPING SETS ({key}, ({key}, {n}, {flag}))",
            f"{key}, GROUPING SETS (({n}), ({flag}), ())",
        ]
    )
    joined = f" {c.pick(['', 'LEFT '])}JOIN {other.name} AS z ON z.{other.column('n')} = {n}" if c.chance(40) else ""
    where = f" WHERE {n} IS NOT NULL" if c.chance(20) else ""
    having = " HAVING count(*) > 1" if c.chance(20) else ""
    text = (
        f"SELECT {key} AS id, {n} AS n, {flag} AS flag, grouping({n}, {flag}) AS level, count(*) AS c"
        f" FROM {source.name} AS x{joined}{where} GROUP BY {sets}{having}"
    )
    if c.chance(30):
        return Defined(f"SELECT g.id, sum(g.c) AS c, max(g.level) AS m FROM ({text}) AS g GROUP BY g.id", ("id",), ())
    return Defined(text, ("id", "n", "flag", "level"), ())


def read_twice(c: Chooser, sources: Sequence[Source]) -> Defined:
    """A common table expression of groups, or of a set operation, that is joined to itself or read by each branch."""
    if c.chance(50):
        rows = set_operation(c, sources, ["EXCEPT", "INTERSECT", "UNION", "UNION ALL"])
    else:
        source = c.pick(sources)
        rows = f"SELECT {source.column(c.pick(_KEYS))} AS ref, {source.column('n')} AS n FROM {source.name}"
    groups = f"SELECT r.ref AS k, count(*) AS n, max(r.n) AS m FROM ({rows}) AS r GROUP BY r.ref"
    common = f"WITH w AS {c.pick(['', '', 'MATERIALIZED ', 'NOT MATERIALIZED '])}({groups}) "
    if c.chance(30):
        text = f"SELECT k AS id, n FROM w WHERE m > 1 {c.pick(['EXCEPT', 'UNION', 'INTERSECT'])} SELECT k, n + 1 FROM w"
        return Defined(common + text, ("id", "n"), ())
    on = c.pick(["y.k = x.k", "y.k = x.k", "x.k = y.k AND y.n > 1"])
    joined = f"FROM w AS x {c.pick(['', 'LEFT '])}JOIN w AS y ON {on}"
    return Defined(f"{common}SELECT x.k AS id, x.n, y.m {joined}", ("id",), ())


def by_expression(c: Chooser, sources: Sequence[Source]) -> Defined:
    """Groups by an expression over one source."""
    source, other = c.pick(sources), c.pick(sources)
    n, name = f"x.{source.column('n')}", f"x.{source.column('name')}"
    key = c.pick(
        [
            *(f"lower({name})", f"{n} % 3", f"coalesce({n}, 0)", f"left({name}, 1)", name, f"x.{source.column('ref')}"),
            *(f"unnest(x.{source.column('tags')})", f"upper(string_to_table({name}, 'a'))"),
        ]
    )
    joined = f" {c.pick(['', 'LEFT '])}JOIN {other.name} AS z ON z.{other.column('n')} = {n}" if c.chance(60) else ""
    inside = c.chance(30)
    from_ = f"{source.name} AS x{joined}"
    summed = f"sum(z.{other.column('n')})" if joined else f"max({name})"
    if inside:
        text = f"SELECT g.k AS id, count(*) AS n FROM (SELECT {key} AS k FROM {from_}) AS g GROUP BY g.k"
    else:
        text = f"SELECT {key} AS id, count(*) AS n, {summed} AS m FROM {from_} GROUP BY {c.pick(['1', key])}"
    return Defined(text, ("id",), ())


def by_extended(c: Chooser, sources: Sequence[Source]) -> Defined:
    """Groups by what an outer join leaves out of some rows, alone or beside what is in all of them."""
    root, other, third = c.pick(sources), c.pick(sources), c.pick(sources)
    x, y, z = (
        {role: f"{alias}.{each.column(role)}" for role in ROLES}
        for alias, each in (("x", root), ("y", other), ("z", third))
    )
    on = f"{y['n']} = {x['n']}" + c.pick(["", "", f" AND {x['n']} > 1", f" AND {y['grp']} < 3"])
    if root.key_class == other.key_class and c.chance(50):
        on = f"{y[c.pick(_KEYS)]} = {x[c.pick(_KEYS)]}"
    joins = [f"{c.pick(['LEFT', 'LEFT', 'LEFT', 'RIGHT', 'FULL'])} JOIN {other.name} AS y ON {on}"]
    of_third = c.chance(40)
    if of_third:
        first = c.chance(40)
        of_which = x if first else c.pick([x, y])
        text = f"{c.pick(['', 'LEFT ', 'LEFT '])}JOIN {third.name} AS z ON {z['n']} = {of_which['grp']}"
        joins.insert(0 if first else 1, text)
    joined = f"{root.name} AS x {' '.join(joins)}"
    case = f"CASE WHEN {y['name']} IS NULL THEN 'none' WHEN {y['n']} > 1 THEN {y['name']} END"
    values = [y["name"], y["n"], f"coalesce({y['name']}, 'none')", f"coalesce({y['n']}, {x['n']})", case]
    values += [f"coalesce({x['name']}, {y['name']})", f"lower({y['name']})"]
    values += [f"coalesce({z['name']}, {y['name']}, 'none')", z["n"]] if of_third else []
    keys = [
        c.pick(values),
        *(c.some([x["n"], x["name"], z["grp"]][: 3 if of_third else 2], 1, 1) if c.chance(40) else []),
    ]
    outputs = ", ".join(f"{key} AS k{position}" for position, key in enumerate(keys))
    where = f" WHERE {c.pick([x['n'], y['n']])} IS DISTINCT FROM 2" if c.chance(25) else ""
    text = f"SELECT {outputs}, count(*) AS n, count({y['n']}) AS m, max({x['name']}) AS most FROM {joined}{where}"
    text += f" GROUP BY {', '.join(str(position + 1) for position, _ in enumerate(keys))}"
    if c.chance(25):
        text = f"SELECT g.k0, count(*) AS n, sum(g.m) AS m FROM ({text}) AS g GROUP BY g.k0"
        keys = keys[:1]
    return Defined(text, tuple(f"k{position}" for position, _ in enumerate(keys)), ())


def full_join(c: Chooser, sources: Sequence[Source]) -> Defined:
    """Two or three sources, or groups of them, joined by one column from either side, or from the left or right."""
    first = c.pick(sources)
    alike = [each for each in sources if each.key_class == first.key_class]
    joined = [first, *(c.pick(alike) for _ in range(c.count(1, 2)))]
    grouped = c.chance(60)
    items = [_of_key(c, each, f"g{n}", grouped=grouped) for n, each in enumerate(joined)]
    sides = [c.pick(["FULL", "FULL", "FULL", "LEFT", "RIGHT", ""]) for _ in items[1:]]
    sides[c.count(0, len(sides) - 1)] = "FULL"
    all_keys = [f"g{n}.k" for n, _ in enumerate(items)]
    text, key = items[0], "k"
    if c.chance(50):
        text += "".join(f" {side} JOIN {item} USING (k)" for side, item in zip(sides, items[1:], strict=True))
    elif len(items) == 3 and c.chance(30):
        key = f"coalesce({', '.join(all_keys)})"
        within = f"({items[1]} {sides[1]} JOIN {items[2]} ON g2.k = g1.k)"
        value = c.pick(["coalesce(g1.k, g2.k)", "coalesce(g1.k, g2.k)", "g1.k"])
        text += f" {sides[0]} JOIN {within} ON {value} = g0.k"
    else:
        key = f"coalesce({', '.join(all_keys[:-1] if len(items) == 3 and c.chance(15) else all_keys)})"
        for n, (side, item) in enumerate(zip(sides, items[1:], strict=True), 1):
            before = c.pick([f"coalesce({', '.join(all_keys[:n])})"] * 3 + [all_keys[n - 1]]) if n > 1 else "g0.k"
            extra = f" AND g{n}.n > 1" if c.chance(15) else ""
            text += f" {side} JOIN {item} ON g{n}.k = {before}{extra}"
    third = c.pick(sources)
    if c.chance(25):
        counted = f"SELECT {third.column('n')} AS n, count(*) AS m FROM {third.name} GROUP BY 1"
        text += f" LEFT JOIN ({counted}) AS w ON w.n = g0.n"
    wheres = ["g0.n > 1", "g1.n IS NOT NULL", "g0.n IS NULL OR g1.n > 1"]
    where = f" WHERE {c.pick(wheres)}" if c.chance(30) else ""
    values = ", ".join(f"sum(g{n}.n) AS v{n}" for n, _ in enumerate(items))
    return Defined(f"SELECT {key} AS id, {values}, count(*) AS n FROM {text}{where} GROUP BY {key}", ("id",), ())


def _of_key(c: Chooser, source: Source, alias: str, *, grouped: bool) -> str:
    """Rows of a source, or groups of them, with a key `k` and a number `n`."""
    key = source.column(c.pick(_KEYS))
    if grouped:
        known = f"{source.name} WHERE {key} IS NOT NULL"
        return f"(SELECT {key} AS k, count(*) AS n FROM {known} GROUP BY {key}) AS {alias}"
    return f"(SELECT {key} AS k, {source.column('n')} AS n FROM {source.name}) AS {alias}"


def whole(c: Chooser, sources: Sequence[Source]) -> Defined:
    """What any change can alter anywhere."""
    unique = [each for each in sources if not each.loose] or list(sources)
    source, other = c.pick(unique), c.pick(sources)
    key, n, ref = (f"x.{source.column(role)}" for role in ("id", "n", "ref"))
    from_, id_ = f"{source.name} AS x", f"{key} AS id"
    counted = f"(SELECT count(*) FROM {other.name})"
    forms = [
        f"SELECT {id_}, {n} AS n FROM {from_} WHERE {n} > (SELECT avg(o.{other.column('n')}) FROM {other.name} AS o)",
        f"SELECT {id_}, {counted} AS n FROM {from_}",
        f"SELECT {id_}, o.n FROM {from_} CROSS JOIN (SELECT count(*) AS n FROM {other.name}) AS o",
        f"SELECT {id_} FROM {from_} WHERE {n} > ALL (SELECT o.{other.column('n')} FROM {other.name} AS o)",
    ]
    if not source.loose:
        forms += [
            f"SELECT {id_}, {n} AS n FROM {from_} ORDER BY {n} NULLS LAST, {key} LIMIT 3",
            f"SELECT {id_}, rank() OVER (ORDER BY {n}) AS n FROM {from_}",
            f"SELECT {id_}, row_number() OVER w AS n FROM {from_} WINDOW w AS (PARTITION BY {ref} ORDER BY {key})",
        ]
    if source.loose:
        return Defined(
            f"SELECT {n} AS id, count(*) AS c FROM {from_} GROUP BY ROLLUP (1) HAVING {n} IS NOT NULL", ("id",), ()
        )
    return Defined(c.pick(forms), ("id",), ())
