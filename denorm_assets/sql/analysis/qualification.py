"""A definition's syntax tree with every column qualified, for analysis only; the original text is what runs."""

from __future__ import annotations

from collections.abc import Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.clauses import alternatives, conjuncts
from denorm_assets.sql.analysis.read_definition import common_table
from denorm_assets.sql.analysis.refusal import Refusal
from denorm_assets.sql.dialect import ExactPostgres

SourceColumns = Mapping[TableName, Mapping[str, str]]
"""Columns of each source with their types, tables spelled with their schema."""


def parsed(definition: str) -> exp.Query:
    """The syntax tree of `definition`. Raises Refusal for what sqlglot does not read."""
    try:
        tree = sqlglot.parse_one(definition, dialect=ExactPostgres)
    except SqlglotError as error:
        raise Refusal("the definition", f"it cannot be read ({str(error).splitlines()[0]})") from error
    if not isinstance(tree, exp.Query):
        raise Refusal("the definition", "it is not a SELECT")
    for values in tree.find_all(exp.Values):
        _name_columns(values)
    for item in tree.find_all(exp.Table):
        if isinstance(item.this, exp.Identifier) and not item.alias:
            # sqlglot would fold the case of a quoted name.
            item.set("alias", exp.TableAlias(this=item.this.copy()))
    return tree


def _name_columns(values: exp.Values) -> None:
    """Columns of VALUES in FROM are called column1 and so on, where they have no other names."""
    alias, rows = values.args.get("alias"), values.expressions
    if isinstance(alias, exp.TableAlias) and isinstance(rows[0], exp.Tuple):
        named = len(alias.columns)
        numbers = range(named + 1, len(rows[0].expressions) + 1)
        alias.set("columns", [*alias.columns, *(exp.to_identifier(f"column{number}") for number in numbers)])


def joins_by_name(tree: exp.Query) -> bool:
    """Whether `tree` joins by columns of the same name: with USING or NATURAL."""
    return any(join.args.get("using") or join.method for join in tree.find_all(exp.Join))


def located(plain: exp.Query, schema: str) -> exp.Query:
    """`plain` with the schema of every table; `schema` is where bare names live."""
    tree = qualify(
        plain.copy(), db=_quoted(schema), dialect=ExactPostgres, qualify_columns=False, validate_qualify_columns=False
    )
    assert isinstance(tree, exp.Query)
    return tree


def inlined(tree: exp.Query, views: Mapping[TableName, exp.Query]) -> exp.Query:
    """The `located` `tree` with subqueries in place of `views`, which are located too. Raises Refusal."""
    tree = tree.copy()
    for column in tree.find_all(exp.Column):
        if TableName(column.table, column.db) in views:
            column.set("db", None)
    for item in list(tree.find_all(exp.Table)):
        selected = views.get(TableName(item.name, item.db))
        if not item.db or selected is None:
            continue
        if any(found and name not in _OF_VIEWS for name, found in item.args.items()):
            raise Refusal(item.sql("postgres"), "this form of FROM item is not followed")
        others = {name: each for name, each in views.items() if name != TableName(item.name, item.db)}
        subquery = exp.Subquery(this=inlined(selected, others), alias=item.args["alias"].copy())
        subquery.set("joins", item.args.get("joins"))
        item.replace(subquery)
    return tree


_OF_VIEWS = ("this", "db", "alias", "joins")
"""What may be said of a view in FROM."""


def named_apart(tree: exp.Query) -> dict[str, str]:
    """Give common table expressions of `tree` names that no other there has; new name -> the one that it had."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for common in list(tree.find_all(exp.CTE)):
        name, number = common.alias, 1
        while name in taken:
            number += 1
            name = f"{common.alias}_{number}"
        taken.add(name)
        if name == common.alias:
            continue
        for item in [item for item in tree.find_all(exp.Table) if common_table(item) is common]:
            if not item.alias:
                item.set("alias", exp.TableAlias(this=exp.to_identifier(item.name, quoted=True)))
            item.set("this", exp.to_identifier(name, quoted=True))
        found[name] = common.alias
        common.args["alias"].set("this", exp.to_identifier(name, quoted=True))
    return found


def qualified(plain: exp.Query, columns: SourceColumns, schema: str) -> exp.Query:
    """`plain` with every column qualified with its table's alias; `schema` is where bare names live.

    Raises Refusal for what sqlglot cannot resolve.
    """
    tree = plain.copy()
    for join in tree.find_all(exp.Join):
        join.meta["using"] = bool(join.args.get("using"))
    for node in tree.find_all(exp.Lateral, exp.Unnest, exp.Table):
        _name_function_column(node)
    known: dict[str, dict[str, dict[str, str]]] = {}
    for table, types in columns.items():
        # Quoted, because sqlglot folds the case of bare names here as well.
        folder = known.setdefault(_quoted(table.schema or schema), {})
        folder[_quoted(table.name)] = {_quoted(column): type_name for column, type_name in types.items()}
    try:
        result = qualify(
            tree,
            db=_quoted(schema),
            schema=dict[str, object](known),
            dialect=ExactPostgres,
            identify=True,
            expand_alias_refs=False,
        )
    except SqlglotError as error:
        raise Refusal("the definition", f"its columns cannot be resolved ({str(error).splitlines()[0]})") from error
    assert isinstance(result, exp.Query)
    for select in result.find_all(exp.Select):
        _join_by_merged(select)
    return result


def _join_by_merged(select: exp.Select) -> None:
    """Have each USING compare what the joins before it made of the column, as PostgreSQL does.

    sqlglot compares the column of the first table, which a right or full join can make NULL.
    """
    first = select.args.get("from_")
    before = {first.this.alias_or_name} if first is not None else set[str]()
    merged: dict[str, exp.Expr] = {}
    for join in select.args.get("joins") or ():
        if not (join.side or join.kind or join.args.get("on")):
            # What stands before a comma is joined to nothing that follows.
            before, merged = set[str](), {}
        for equal in conjuncts(join.args["on"]) if join.meta.get("using") else ():
            assert isinstance(equal, exp.EQ), "sqlglot makes one of each column"
            left, right = alternatives(equal.left)[0], equal.right
            if left.text("table") not in before:
                raise Refusal(join.sql("postgres"), "it stands after a comma in FROM", "Write CROSS JOIN for the comma")
            left = merged.get(right.name, left)
            both = exp.Coalesce(this=left.copy(), expressions=[right.copy()])
            merged[right.name] = {"RIGHT": right, "FULL": both}.get(join.side.upper(), left)
            equal.set("this", left.copy())
        before.add(join.alias_or_name)


def whole_rows(tree: exp.Query) -> list[exp.Expr]:
    """Where the qualified `tree` names all columns of a row at once: `to_jsonb(b)`, `ROW(b.*)`."""
    return [
        row
        for row in tree.find_all(exp.TableColumn, exp.Column)
        if isinstance(row, exp.TableColumn) or isinstance(row.this, exp.Star)
    ]


def refuse_open_forms(tree: exp.Expr) -> None:
    """Raises Refusal for what means something else once a source has another column."""
    for join in tree.find_all(exp.Join):
        if join.method == "NATURAL":
            raise Refusal("NATURAL JOIN", "it joins by whatever columns there are", "Write the columns with ON")
    for item in tree.find_all(exp.Table):
        alias = item.args.get("alias")
        if isinstance(item.this, exp.Identifier) and isinstance(alias, exp.TableAlias) and alias.columns:
            raise Refusal(item.sql("postgres"), "it renames columns by their position", "Rename them in the SELECT")


def _name_function_column(node: exp.Expr) -> None:
    """`unnest(x) AS t` has one column called t, which sqlglot does not assume."""
    alias = node.args.get("alias")
    if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
        return
    if isinstance(node, exp.Lateral) and isinstance(node.this, exp.Subquery):
        return
    if isinstance(alias, exp.TableAlias) and alias.this is not None and not alias.columns:
        alias.set("columns", [alias.this.copy()])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
