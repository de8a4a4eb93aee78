"""Generated definitions, drawn from the shapes that are kept by key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.stress.oracle.choosing import Chooser
from tests.stress.oracle.maintained import Defined
from tests.stress.oracle.of_all_rows import of_all_rows
from tests.stress.oracle.sources import ROLES, Source
from tests.stress.oracle.wider_shapes import (
    at_top,
    by_expression,
    by_extended,
    full_join,
    levels,
    over_set_operation,
    read_twice,
    set_operation,
    whole,
)
from tests.stress.oracle.witnesses import by_doubtful, by_lost, by_witness


@dataclass(frozen=True)
class Item:
    """Something in FROM.

    Attributes:
        columns: role -> SQL.
        unique: expressions that tell its rows apart; None where nothing does.
    """

    alias: str
    columns: dict[str, str]
    unique: tuple[str, ...] | None
    extended: bool = False

    def roles(self, kind: str) -> list[str]:
        """Roles of one class that it has."""
        return [role for role in self.columns if ROLES[role] == kind]


@dataclass
class Shape:
    """A SELECT as it grows."""

    c: Chooser
    sources: Sequence[Source]
    items: list[Item] = field(default_factory=list[Item])
    texts: list[str] = field(default_factory=list[str])
    where: list[str] = field(default_factory=list[str])
    common: list[str] = field(default_factory=list[str])
    aliases: int = 0

    def alias(self) -> str:
        """A name not yet used in the definition."""
        self.aliases += 1
        return f"x{self.aliases}"


def definition(c: Chooser, sources: Sequence[Source]) -> Defined:
    """A definition over some of `sources`."""
    if c.chance(12):
        return _union(c, sources)
    if c.chance(30):
        wider = [over_set_operation, by_expression, by_extended, full_join, at_top, levels, read_twice, whole]
        wider += [of_all_rows, by_witness, by_doubtful, by_lost]
        return c.pick(wider)(c, sources)
    root = c.pick(sources)
    shape = _start(c, sources, root)
    for _ in range(c.count(0, 3)):
        _attach(shape)
    _filters(shape)
    return _finish(shape, root)


def _start(c: Chooser, sources: Sequence[Source], root: Source) -> Shape:
    shape = Shape(c, sources)
    item = _table(shape.alias(), root)
    shape.items.append(item)
    shape.texts.append(f"{root.name} AS {item.alias}")
    return shape


def _table(alias: str, source: Source, *, extended: bool = False) -> Item:
    columns = {role: f"{alias}.{source.column(role)}" for role in ROLES}
    return Item(alias, columns, None if source.loose else (columns["id"],), extended)


def _link(c: Chooser, new: Item, old: Item) -> str | None:
    """A predicate that leads from `new` to `old`; strict where `old` may be null-extended."""
    forms: list[str] = []
    for kind in ("key", "int", "text"):
        for mine in new.roles(kind):
            forms += [f"{new.columns[mine]} = {old.columns[theirs]}" for theirs in old.roles(kind)]
    # Most joins are between keys, as in life.
    keys = [f"{new.columns[m]} = {old.columns[t]}" for m in new.roles("key") for t in old.roles("key")]
    if keys and c.chance(60):
        return c.pick(keys)
    for mine in new.roles("int"):
        for theirs in old.roles("int"):
            a, b = new.columns[mine], old.columns[theirs]
            forms += [f"{a} > {b}", f"{a} = {b} + 1", f"{a}::bigint = {b}", f"{a} <> {b}"]
        forms += [f"{new.columns[mine]}::text = {old.columns[theirs]}" for theirs in old.roles("text")]
    if not old.extended:
        for mine in new.roles("text"):
            forms += [f"{new.columns[mine]} = ANY ({old.columns[theirs]})" for theirs in old.roles("texts")]
            forms += [f"lower({new.columns[mine]}) = lower({old.columns[theirs]})" for theirs in old.roles("text")]
        for kind in ("key", "int", "text"):
            for mine in new.roles(kind):
                forms += [
                    f"{new.columns[mine]} IS NOT DISTINCT FROM {old.columns[theirs]}" for theirs in old.roles(kind)
                ]
        for mine in new.roles("texts"):
            forms += [f"{new.columns[mine]} && {old.columns[theirs]}" for theirs in old.roles("texts")]
        for mine in new.roles("int"):
            forms += [f"{old.columns[theirs]} IN ({new.columns[mine]}, 3)" for theirs in old.roles("int")]
            forms += [
                f"({new.columns[mine]} = {old.columns[theirs]} OR {old.columns[theirs]} IS NULL)"
                for theirs in old.roles("int")
            ]
    return c.pick(forms) if forms else None


def _condition(c: Chooser, item: Item) -> str:
    """A predicate over one item."""
    col = item.columns
    forms = ["true"]
    forms += [f"{col[role]} > 1" for role in item.roles("int")]
    forms += [f"coalesce({col[role]}, 0) < 3" for role in item.roles("int")]
    forms += [f"{col[role]} IS NOT NULL" for role in item.roles("text")]
    forms += [f"{col[role]} IN ('a', 'b')" for role in item.roles("text")]
    forms += [f"{col[role]} IS NOT TRUE" for role in item.roles("bool")]
    forms += [item.columns[role] for role in item.roles("bool")]
    return c.pick(forms)


def _attach(shape: Shape) -> None:
    """Add something to FROM."""
    c = shape.c
    old = c.pick(shape.items)
    kind = c.pick(["table", "table", "table", "unnest", "derived", "lateral", "cte", "union", "pair", "values"])
    if kind == "unnest":
        _attach_unnest(shape, old)
        return
    if kind in ("pair", "values"):
        (_attach_pair if kind == "pair" else _attach_values)(shape, old)
        return
    left = c.chance(40)
    alias = shape.alias()
    if kind == "table":
        source = c.pick(shape.sources)
        text, new = f"{source.name} AS {alias}", _table(alias, source, extended=left)
    elif kind == "lateral":
        made = _lateral(shape, alias, old, left)
        if made is None:
            return
        text, new = made
        shape.texts.append(
            f"{'LEFT' if left else 'CROSS'} JOIN LATERAL ({text}) AS {alias}{' ON true' if left else ''}"
        )
        shape.items.append(new)
        return
    else:
        text, new = _set_operation(shape, alias, left) if kind == "union" else _derived(shape, alias, left)
        if kind == "cte":
            name = f"c{len(shape.common)}"
            shape.common.append(f"{name} AS ({text})")
            text = f"{name} AS {alias}"
        else:
            text = f"({text}) AS {alias}"
    link = _link(c, new, old)
    if link is None:
        return
    extra = f" AND {_condition(c, c.pick([new, old] if left else [new]))}" if c.chance(30) else ""
    if left:
        shape.texts.append(f"LEFT JOIN {text} ON {link}{extra}")
    elif c.chance(20):
        shape.texts.append(f"CROSS JOIN {text}")
        shape.where.append(link + extra)
    else:
        shape.texts.append(f"JOIN {text} ON {link}{extra}")
    shape.items.append(new)


def _set_operation(shape: Shape, alias: str, left: bool) -> tuple[str, Item]:
    text = set_operation(shape.c, shape.sources, ["UNION ALL", "UNION ALL", "UNION", "EXCEPT", "INTERSECT"])
    unique = None
    if shape.c.chance(40):
        text = f"SELECT o.ref, count(*)::integer AS n, max(o.name) AS name FROM ({text}) AS o GROUP BY o.ref"
        unique = (f"{alias}.ref",)
    return text, Item(alias, {role: f"{alias}.{role}" for role in ("ref", "n", "name")}, unique, left)


def _attach_pair(shape: Shape, old: Item) -> None:
    """Two sources in parentheses, joined to `old` together."""
    c = shape.c
    one, other = c.pick(shape.sources), c.pick(shape.sources)
    left = c.chance(50)
    mine, theirs = _table(shape.alias(), one, extended=left), _table(shape.alias(), other, extended=True)
    inner = c.pick(["", "LEFT "])
    within, link = _link(c, theirs, mine), _link(c, mine, old)
    if within is None or link is None:
        return
    pair = f"({one.name} AS {mine.alias} {inner}JOIN {other.name} AS {theirs.alias} ON {within})"
    extra = f" AND {_condition(c, theirs)}" if c.chance(20) else ""
    shape.texts.append(f"{'LEFT ' if left else ''}JOIN {pair} ON {link}{extra}")
    shape.items += [mine, theirs]


def _attach_values(shape: Shape, old: Item) -> None:
    alias = shape.alias()
    left = shape.c.chance(30)
    item = Item(alias, {"n": f"{alias}.n", "name": f"{alias}.name"}, (f"{alias}.n",), left)
    link = _link(shape.c, item, old)
    if link is not None:
        values = f"(VALUES (1, 'a'), (2, 'b'), (3, 'c')) AS {alias} (n, name)"
        shape.texts.append(f"{'LEFT ' if left else ''}JOIN {values} ON {link}")
        shape.items.append(item)


def _attach_unnest(shape: Shape, old: Item) -> None:
    c = shape.c
    alias = shape.alias()
    forms = [(f"unnest({old.columns[role]})", "name") for role in old.roles("texts")]
    forms += [(f"unnest({old.columns[role]})", "n") for role in old.roles("ints")]
    forms += [(f"unnest(string_to_array({old.columns[role]}, ','))", "name") for role in old.roles("text")]
    forms += [(f"regexp_split_to_table({old.columns[role]}, ', *')", "name") for role in old.roles("text")]
    if not forms:
        return
    function, role = c.pick(forms)
    left = c.chance(30)
    column = c.pick([f"{alias}.v", alias])
    named = f"{alias} (v)" if column != alias else alias
    columns = {role: column}
    if column != alias and c.chance(30):
        # Told apart within the row that they come from.
        function, named = f"{function} WITH ORDINALITY", f"{alias} (v, o)"
        columns["grp"] = f"{alias}.o"
    item = Item(alias, columns, None, left)
    shape.texts.append(
        f"LEFT JOIN LATERAL {function} AS {named} ON true" if left else f"CROSS JOIN LATERAL {function} AS {named}"
    )
    shape.items.append(item)


def _lateral(shape: Shape, alias: str, old: Item, left: bool) -> tuple[str, Item] | None:
    c = shape.c
    unique = [source for source in shape.sources if not source.loose]
    if not unique:
        return None
    inner = _table(shape.alias(), c.pick(unique))
    source = next(s for s in unique if f"{inner.alias}.{s.column('id')}" == inner.columns["id"])
    link = _link(c, inner, old)
    if link is None:
        return None
    roles = ["id", "n", "name", "ref"]
    outputs = ", ".join(f"{inner.columns[role]} AS {role}" for role in roles)
    order = c.pick([inner.columns["id"], f"{inner.columns['n']} DESC NULLS LAST, {inner.columns['id']}"])
    text = f"SELECT {outputs} FROM {source.name} AS {inner.alias} WHERE {link}"
    text += f" ORDER BY {order} LIMIT {c.count(1, 2)}"
    columns = {role: f"{alias}.{role}" for role in roles}
    return text, Item(alias, columns, (columns["id"],), left)


def _derived(shape: Shape, alias: str, left: bool) -> tuple[str, Item]:
    """A subquery of its own, and what it offers."""
    c = shape.c
    source = c.pick(shape.sources)
    inner = _table(shape.alias(), source)
    col = inner.columns
    key = c.pick(["ref", "id", "other"])
    from_ = f"{source.name} AS {inner.alias}"
    where = f" WHERE {_condition(c, inner)}" if c.chance(30) else ""
    form = c.pick(["grouped", "distinct", "joined", "ranked", "latest"])
    if form == "joined":
        other = _table(shape.alias(), c.pick(shape.sources))
        other_source = next(s for s in shape.sources if f"{other.alias}.{s.column('id')}" == other.columns["id"])
        nullable = c.chance(50)
        other = Item(other.alias, other.columns, other.unique, nullable)
        link = _link(c, other, inner)
        text = (
            f"SELECT {col['id']} AS id, {col['ref']} AS ref, {other.columns['name']} AS name,"
            f" {other.columns['id']} AS other"
            f" FROM {from_} {'LEFT ' if nullable else ''}JOIN {other_source.name} AS {other.alias} ON {link}{where}"
        )
        # What an outer join in there can make NULL is not joined on.
        columns = {role: f"{alias}.{role}" for role in (["id", "ref"] if nullable else ["id", "ref", "name", "other"])}
        unique = None if inner.unique is None or other.unique is None else (columns["id"], f"{alias}.other")
        return text, Item(alias, columns, unique, left)
    if form == "grouped":
        text = (
            f"SELECT {col[key]} AS {key}, count(*) AS n, max({col['name']}) AS name FROM {from_}{where}"
            f" GROUP BY {col[key]}" + (" HAVING count(*) > 1" if c.chance(20) else "")
        )
        return text, _of_key(alias, key, left)
    if form == "distinct" or source.loose:
        text = f"SELECT DISTINCT {col[key]} AS {key}, {col['name']} AS name FROM {from_}{where}"
        columns = {key: f"{alias}.{key}", "name": f"{alias}.name"}
        return text, Item(alias, columns, (columns[key], columns["name"]), left)
    if form == "ranked":
        text = (
            f"SELECT {col[key]} AS {key}, {col['id']} AS idd, {col['name']} AS name, row_number() OVER"
            f" (PARTITION BY {col[key]} ORDER BY {col['n']}, {col['id']})::integer AS n FROM {from_}{where}"
        )
        columns = {key: f"{alias}.{key}"}
        return text, Item(alias, columns, (f"{alias}.idd",), left)
    text = (
        f"SELECT DISTINCT ON ({col[key]}) {col[key]} AS {key}, {col['name']} AS name FROM {from_}{where}"
        f" ORDER BY {col[key]}, {col['n']} DESC, {col['id']}"
    )
    return text, _of_key(alias, key, left)


def _of_key(alias: str, key: str, left: bool) -> Item:
    return Item(alias, {key: f"{alias}.{key}"}, (f"{alias}.{key}",), left)


def _inner(shape: Shape, old: Item) -> tuple[Source, Item, str] | None:
    """A source for a correlated subquery, and the predicate that ties it to `old`."""
    source = shape.c.pick(shape.sources)
    inner = _table(shape.alias(), source)
    link = _link(shape.c, inner, old)
    return None if link is None else (source, inner, link)


def _filters(shape: Shape) -> None:
    c = shape.c
    for _ in range(c.count(0, 2)):
        item = c.pick(shape.items)
        kind = c.pick(["condition", "exists", "in", "either"])
        if kind == "condition":
            shape.where.append(_condition(c, item))
        elif kind == "either":
            shape.where.append(f"({_condition(c, item)} OR {_condition(c, c.pick(shape.items))})")
        elif kind == "exists":
            text = _exists(shape, item)
            if text is not None:
                shape.where.append(c.pick(["", "NOT "]) + text)
        else:
            text = _membership(shape, item, c.pick(["IN", "IN", "NOT IN"]))
            if text is not None:
                shape.where.append(text)


def _exists(shape: Shape, item: Item) -> str | None:
    c = shape.c
    found = _inner(shape, item)
    if found is None:
        return None
    source, inner, link = found
    text = f"SELECT 1 FROM {source.name} AS {inner.alias} WHERE {link}"
    if c.chance(20):
        deeper = _exists(shape, inner)
        text += f" AND {c.pick(['', 'NOT '])}{deeper}" if deeper else ""
    elif c.chance(30):
        text += f" AND {_condition(c, inner)}"
    return f"EXISTS ({text})"


def _membership(shape: Shape, item: Item, operator: str) -> str | None:
    c = shape.c
    if operator == "NOT IN" and item.extended:
        operator = "IN"
    kinds = [kind for kind in ("key", "text", "int") if item.roles(kind)]
    if not kinds:
        return None
    kind = c.pick(kinds)
    source = c.pick(shape.sources)
    inner = _table(shape.alias(), source)
    mine = inner.columns[c.pick(inner.roles(kind))]
    text = f"SELECT {mine} FROM {source.name} AS {inner.alias}"
    if c.chance(25):
        text += f" GROUP BY {mine} HAVING count(*) > 1"
    elif c.chance(30):
        text += f" WHERE {_condition(c, inner)}"
    return f"{item.columns[c.pick(item.roles(kind))]} {operator} ({text})"


def _scalar(shape: Shape, item: Item) -> str | None:
    """A scalar expression that reads other sources."""
    c = shape.c
    kind = c.pick(["aggregate", "aggregate", "first", "exists", "in", "array"])
    if kind == "exists":
        return _exists(shape, item)
    if kind == "in":
        return None if item.extended else _membership(shape, item, c.pick(["IN", "NOT IN"]))
    found = _inner(shape, item)
    if found is None:
        return None
    source, inner, link = found
    from_ = f"FROM {source.name} AS {inner.alias} WHERE {link}"
    if kind == "first" and not source.loose:
        return f"(SELECT {inner.columns['name']} {from_} ORDER BY {inner.columns['n']}, {inner.columns['id']} LIMIT 1)"
    if kind == "array":
        return f"ARRAY(SELECT {inner.columns['n']} {from_} ORDER BY {inner.columns['n']})"
    return f"(SELECT {_aggregate(c, inner)} {from_})"


def _aggregate(c: Chooser, item: Item) -> str:
    forms = ["count(*)"]
    col = item.columns
    for role in item.roles("int"):
        forms += [f"sum({col[role]})", f"avg({col[role]})", f"min({col[role]})", f"count(DISTINCT {col[role]})"]
        forms += [f"jsonb_agg({col[role]} ORDER BY {col[role]})"]
    for role in item.roles("key"):
        forms += [f"count({col[role]})", f"count(DISTINCT {col[role]})", f"array_agg({col[role]} ORDER BY {col[role]})"]
    for role in item.roles("text"):
        forms += [f"max({col[role]})", f"array_agg({col[role]} ORDER BY {col[role]})"]
        forms += [
            f"string_agg({col[role]}, ',' ORDER BY {col[role]})",
            f"array_agg(DISTINCT {col[role]} ORDER BY {col[role]})",
        ]
    forms += [f"bool_or({col[role]})" for role in item.roles("bool")]
    forms += [f"sum({col[role]})" for role in item.roles("numeric")]
    text = c.pick(forms)
    return f"{text} FILTER (WHERE {_condition(c, item)})" if c.chance(20) else text


def _expression(shape: Shape, item: Item | None = None) -> str:
    """A value of one row, of `item` or else of any, of a type that can be part of a key."""
    c = shape.c
    item = item or c.pick(shape.items)
    forms: list[str] = [item.columns[role] for role in item.columns if ROLES[role] in ("key", "int", "text", "bool")]
    for role in item.roles("int"):
        col = item.columns[role]
        forms += [f"coalesce({col}, 0) + 1", f"{col}::text", f"CASE WHEN {col} > 1 THEN 'many' ELSE 'few' END"]
    for role in item.roles("text"):
        forms += [f"upper({item.columns[role]})", f"coalesce({item.columns[role]}, '-') || '!'"]
    return c.pick(forms)


def _extra(shape: Shape) -> str:
    """A value of one row, of any type."""
    c = shape.c
    item = c.pick(shape.items)
    forms = [_expression(shape)]
    forms += [item.columns[role] for role in item.roles("texts") + item.roles("ints") + item.roles("numeric")]
    forms += [f"to_tsvector('simple', coalesce({item.columns[role]}, ''))" for role in item.roles("text")]
    forms += [f"jsonb_build_object('v', {item.columns[role]})" for role in item.roles("int")]
    return c.pick(forms)


def _finish(shape: Shape, root: Source) -> Defined:
    c = shape.c
    unique = [item.unique for item in shape.items]
    told_apart = [each for each in unique if each is not None]
    modes = ["grouped", "grouped", "distinct", "distinct", "coarse"]
    if len(told_apart) == len(unique):
        modes += ["plain", "plain", "plain", "latest", "window"] * 2
    mode = c.pick(modes)
    if mode == "coarse":
        return _coarse(shape)
    anchor = f"{shape.items[0].columns['id']} AS id"
    names = [text for each in told_apart for text in each][1:]
    keys = [f"{text} AS k{n}" for n, text in enumerate(names)]
    tail, key = "", ["id"]
    outputs = [anchor]
    if mode in ("plain", "window"):
        outputs += keys
        key += [f"k{n}" for n in range(len(names))]
        outputs += [f"{_extra(shape)} AS v{n}" for n in range(c.count(0, 2))]
        outputs += _scalars(shape, shape.items)
        if mode == "window":
            outputs += _windows(shape, names)
    elif mode == "latest":
        outputs[0] = f"DISTINCT ON ({shape.items[0].columns['id']}) {anchor}"
        outputs += [f"{_extra(shape)} AS v{n}" for n in range(c.count(1, 2))]
        outputs += _scalars(shape, shape.items)
        tail = f" ORDER BY {', '.join([shape.items[0].columns['id'], _expression(shape), *names])}"
    elif mode == "distinct":
        outputs[0] = f"DISTINCT {anchor}"
        count = c.count(0, 2)
        outputs += [f"{_expression(shape)} AS v{n}" for n in range(count)]
        key += [f"v{n}" for n in range(count)]
    else:
        grouping = [shape.items[0].columns["id"]]
        if c.chance(30):
            more = _expression(shape)
            grouping.append(more)
            outputs.append(f"{more} AS g")
            key.append("g")
        outputs += [f"{_aggregate(c, c.pick(shape.items))} AS a{n}" for n in range(c.count(1, 3))]
        grouped = Item(shape.items[0].alias, {"id": shape.items[0].columns["id"]}, None)
        outputs += _scalars(shape, [grouped])
        tail = f" GROUP BY {', '.join(grouping)}" + (" HAVING count(*) > 1" if c.chance(15) else "")
    return Defined(_text(shape, outputs, tail), tuple(key), root.driving)


def _coarse(shape: Shape) -> Defined:
    """Groups by several values, of one thing in FROM or of several, that have many rows together."""
    c = shape.c
    inner = [item for item in shape.items if not item.extended]
    items = c.pick([shape.items[:1], inner, inner, shape.items])
    chosen = c.some(items, 2, 3) if len(items) > 1 else items * c.count(2, 3)
    values = [_expression(shape, item) for item in chosen]
    outputs = [f"{value} AS g{n}" for n, value in enumerate(values)]
    if c.chance(50):
        outputs += [f"{_aggregate(c, c.pick(shape.items))} AS a{n}" for n in range(c.count(1, 2))]
    else:
        outputs[0] = f"DISTINCT {outputs[0]}"
    by_place = ", ".join(str(n + 1) for n in range(len(values)))
    tail = "" if outputs[0].startswith("DISTINCT") else f" GROUP BY {by_place}"
    return Defined(_text(shape, outputs, tail), tuple(f"g{n}" for n in range(len(values))), ())


def _scalars(shape: Shape, items: Sequence[Item]) -> list[str]:
    made = [_scalar(shape, shape.c.pick(items)) for _ in range(shape.c.count(0, 1))]
    return [f"{text} AS s{n}" for n, text in enumerate(text for text in made if text is not None)]


def _windows(shape: Shape, names: Sequence[str]) -> list[str]:
    c = shape.c
    root = shape.items[0].columns["id"]
    item = c.pick(shape.items)
    forms = [
        f"count(*) OVER (PARTITION BY {root})",
        f"row_number() OVER (PARTITION BY {root} ORDER BY {', '.join([*names, root])})",
    ]
    for role in item.roles("int"):
        forms += [
            f"sum({item.columns[role]}) OVER (PARTITION BY {root})",
            f"rank() OVER (PARTITION BY {root} ORDER BY {item.columns[role]})",
            f"lag({item.columns[role]}) OVER (PARTITION BY {root} ORDER BY {', '.join([*names, root])})",
        ]
    return [f"{text} AS w{n}" for n, text in enumerate(c.some(forms, 1, 2))]


def _text(shape: Shape, outputs: Sequence[str], tail: str) -> str:
    head = f"WITH {', '.join(shape.common)} " if shape.common else ""
    where = f" WHERE {' AND '.join(shape.where)}" if shape.where else ""
    return f"{head}SELECT {', '.join(outputs)} FROM {' '.join(shape.texts)}{where}{tail}"


def _union(c: Chooser, sources: Sequence[Source]) -> Defined:
    """Branches told apart by a constant."""
    branches: list[str] = []
    driving: list[tuple[str, ...]] = []
    first = c.pick(sources)
    for number in range(2):
        root = first if number == 0 else c.pick([each for each in sources if each.key_class == first.key_class])
        shape = _start(c, sources, root)
        for _ in range(c.count(0, 1)):
            _attach(shape)
        _filters(shape)
        shape.common = []
        if any(text.startswith(("c0 ", "JOIN c0", "LEFT JOIN c0", "CROSS JOIN c0")) for text in shape.texts):
            shape = _start(c, sources, root)
        column = shape.items[0].columns["id"]
        outputs = [f"{column} AS id", f"'b{number}' AS kind", f"{_aggregate_count(c, shape)} AS n"]
        branches.append(_text(shape, outputs, f" GROUP BY {column}"))
        driving.append(root.driving)
    # Of a view the IDs are not always those of a table.
    columns = dict.fromkeys(column for each in driving for column in each) if all(driving) else ()
    return Defined(" UNION ALL ".join(branches), ("id", "kind"), tuple(columns))


def _aggregate_count(c: Chooser, shape: Shape) -> str:
    item = c.pick(shape.items)
    column = item.columns[c.pick(list(item.columns))]
    return c.pick(["count(*)", f"count({column})", f"count(DISTINCT {column})"])
