"""Parsed queries with what each view selects in place of the view, and whether two of them mean the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from denorm_assets.sql.parsed.query_tree import Node

_BOOLEAN = 16
_RELATION, _SUBQUERY, _VALUES = "0", "1", "5"
"""Kinds of what is in FROM."""
_UNIMPORTANT = frozenset(
    {
        # Where it stands in the text.
        *("location", "stmt_location", "stmt_len", "list_start", "list_end", "rexpr_list_start", "rexpr_list_end"),
        # How PostgreSQL prints it: as a call, as a cast, or by words of SQL.
        *("funcformat", "relabelformat", "coerceformat", "convertformat", "coercionformat", "row_format", "isNatural"),
        # Names, which PostgreSQL has resolved.
        *("alias", "eref", "aliascolnames", "ctecolnames", "resname"),
        # Where a column comes from: a view there, and a table beneath it here.
        *("resorigtbl", "resorigcol"),
        # Who may read what.
        *("rteperminfos", "perminfoindex", "requiredPerms", "checkAsUser"),
        *("selectedCols", "insertedCols", "updatedCols", "extraUpdatedCols"),
    }
)
_CLAUSES = ("limitOffset", "limitCount", "sortClause", "distinctClause", "groupClause", "havingQual", "setOperations")
_NO_NAMES: Mapping[str, str] = {}
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def with_views(query: Node, views: Mapping[int, Node]) -> Node:
    """`query` with a subquery in place of each of `views` (OID -> what it selects), at any depth."""
    return cast("Node", _with_views(query, views))


def _with_views(value: object, views: Mapping[int, Node]) -> object:
    if isinstance(value, tuple):
        return tuple(_with_views(each, views) for each in cast("tuple[object, ...]", value))
    if not isinstance(value, Node):
        return value
    of_view = value.number("relid") if value.text("rtekind") == _RELATION else 0
    if of_view in views:
        others = {view: each for view, each in views.items() if view != of_view}
        selected = with_views(_without_itself(views[of_view], of_view), others)
        return Node(value.kind, {"rtekind": _SUBQUERY, "lateral": "false", "subquery": selected})
    return Node(value.kind, {name: _with_views(each, views) for name, each in value.fields.items()})


def _without_itself(query: Node, view: int) -> Node:
    """What a view selects, without the view itself, which PostgreSQL 15 puts twice before what is in its FROM."""
    tables = query.nodes("rtable")
    named = [table for table in tables if table.number("relid") == view]
    if not named:
        return query
    rest = tuple(table for table in tables if table not in named)
    shifted = {name: _shifted(each, len(named), 0) for name, each in query.fields.items() if name != "rtable"}
    shifted["rtable"] = tuple(_shifted(each, len(named), 0) for each in rest)
    return Node(query.kind, shifted)


def _shifted(value: object, by: int, depth: int) -> object:
    """`value` of a query whose FROM begins `by` entries later; `depth` queries stand between the two."""
    if isinstance(value, tuple):
        return tuple(_shifted(each, by, depth) for each in cast("tuple[object, ...]", value))
    if not isinstance(value, Node):
        return value
    depth += value.kind == "QUERY"
    fields = {name: _shifted(each, by, depth) for name, each in value.fields.items()}
    numbered = {
        "VAR": ("varno", "varnosyn") if value.number("varlevelsup") == depth else (),
        "RANGETBLREF": ("rtindex",) if depth == 0 else (),
        "JOINEXPR": ("rtindex",) if depth == 0 else (),
    }
    for name in numbered.get(value.kind, ()):
        if value.number(name) > 0:
            fields[name] = str(value.number(name) - by)
    return Node(value.kind, fields)


def same_with_views(one: Node, other: Node, renamed: Mapping[str, str] = _NO_NAMES) -> bool:
    """Whether two parsed queries mean the same, of which `one` has subqueries where the other had views.

    `renamed` are common table expressions that have other names in `one`: the name there -> the one in `other`.
    """
    return _plain(one, renamed) == _plain(other, _NO_NAMES)


def without_truths(query: Node) -> Node:
    """`query` without TRUE among what AND connects, and without WHERE TRUE."""
    return cast("Node", _without_truths(query))


def _without_truths(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(_without_truths(each) for each in cast("tuple[object, ...]", value))
    if not isinstance(value, Node):
        return value
    fields = {name: _without_truths(each) for name, each in value.fields.items()}
    if value.kind == "FROMEXPR" and _is_true(fields.get("quals")):
        fields["quals"] = "<>"
    found = Node(value.kind, fields)
    if value.kind == "BOOLEXPR" and value.text("boolop") == "and":
        conditions = tuple(each for each in _conditions(found, "and") if not _is_true(each))
        return conditions[0] if len(conditions) == 1 else Node(value.kind, {**fields, "args": conditions})
    return found


def _is_true(value: object) -> bool:
    return (
        isinstance(value, Node)
        and value.kind == "CONST"
        and value.number("consttype") == _BOOLEAN
        and (value.text("constvalue").startswith("1 [ 1 "))
    )


def _plain(value: object, renamed: Mapping[str, str]) -> object:
    if isinstance(value, tuple):
        return tuple(_plain(each, renamed) for each in cast("tuple[object, ...]", value))
    if not isinstance(value, Node):
        return value
    value = _of_values(value) or value
    fields = value.fields
    if value.kind == "BOOLEXPR":
        fields = {**fields, "args": _conditions(value, value.text("boolop"))}
    if value.text("rtekind") in (_SUBQUERY, _VALUES):
        fields = {name: fields[name] for name in ("rtekind", "lateral", "subquery", "values_lists") if name in fields}
    ignored = {*_UNIMPORTANT}
    if value.text("relkind") == "v":
        # PostgreSQL 15 names the view itself among what the query reads.
        ignored.add("relid")
    plain = {name: _plain(each, renamed) for name, each in fields.items() if name not in ignored}
    if "ctename" in plain:
        name = _ESCAPED.sub(r"\1", value.text("ctename"))
        plain["ctename"] = renamed.get(name, name)
    return (value.kind, plain)


def _conditions(value: Node, connective: str) -> tuple[object, ...]:
    """What AND or OR connects, that of an inner one included: PostgreSQL prints no parentheses around it."""
    found: list[object] = []
    for each in value.words("args"):
        if isinstance(each, Node) and connective != "not" and each.text("boolop") == connective:
            found += _conditions(each, connective)
        else:
            found.append(each)
    return tuple(found)


def _of_values(table: Node) -> Node | None:
    """The VALUES that a subquery in FROM is nothing but: of a view that is VALUES, PostgreSQL prints a subquery."""
    query = table.node("subquery") if table.text("rtekind") == _SUBQUERY else None
    if query is None or len(query.nodes("rtable")) != 1:
        return None
    [inner] = query.nodes("rtable")
    found = inner if inner.text("rtekind") == _VALUES else _of_values(inner)
    if found is None or any(query.fields.get(name, "<>") != "<>" for name in _CLAUSES):
        return None
    jointree = query.node("jointree")
    restricted = jointree is None or jointree.node("quals") is not None
    outputs = [(entry.node("expr"), entry.number("resno")) for entry in query.nodes("targetList")]
    as_they_are = all(var is not None and var.kind == "VAR" and var.number("varattno") == at for var, at in outputs)
    whole = len(cast("tuple[object, ...]", found.words("values_lists")[0])) == len(outputs)
    return found if as_they_are and whole and not restricted else None
