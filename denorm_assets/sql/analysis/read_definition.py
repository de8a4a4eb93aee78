"""Reading a definition: its sources and where its output columns come from (sqlglot; no database needed).

What is executed is always the original text; the syntax tree only answers questions about it. Types and name
resolution are PostgreSQL's own business (`db/introspection/describe.py`).
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeGuard

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from denorm_assets.errors import DefinitionError
from denorm_assets.model.sql_file import Sql
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.dialect import ExactPostgres, printed

_FOLD = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def fold(name: str) -> str:
    """An unquoted name as PostgreSQL folds it: ASCII letters only."""
    return name.translate(_FOLD)


@dataclass(frozen=True)
class SourceColumn:
    """A column of a source; `null_extended` where an outer join can make it NULL."""

    table: TableName
    column: str
    null_extended: bool


@dataclass(frozen=True)
class Output:
    """An output column of one branch: a plain source column, a constant (as SQL), or something computed."""

    name: str
    source: SourceColumn | None
    constant: str | None


@dataclass(frozen=True)
class Analysis:
    """What a definition's text says.

    Attributes:
        tables: every table or view that it reads, in order of appearance, without repetition.
        branches: the output columns of each branch of its set operations; one branch where there is none. Empty where
            `*` stands for some of them: only the database knows which.
    """

    tables: tuple[TableName, ...]
    branches: tuple[tuple[Output, ...], ...]

    @property
    def output_names(self) -> tuple[str, ...]:
        """Names of the output columns; the first branch gives them, as in PostgreSQL."""
        return tuple(output.name for output in self.branches[0]) if self.branches else ()

    @property
    def is_open(self) -> bool:
        """Whether `*` stands for some of the output columns."""
        return not self.branches

    def beneath(self, views: Mapping[TableName, Analysis], schema: str) -> Analysis:
        """The same, where a column of one of `views` is the column beneath; `schema` is where bare names live."""
        branches = tuple(tuple(_beneath(output, views, schema) for output in branch) for branch in self.branches)
        return replace(self, branches=branches)


def _beneath(output: Output, views: Mapping[TableName, Analysis], schema: str) -> Output:
    source = output.source
    read = views.get(source.table.within(schema)) if source is not None else None
    if source is None or read is None:
        return output
    found = [
        each
        for branch in read.branches
        for each, name in zip(branch, read.output_names, strict=True)
        if name == source.column
    ]
    if len(found) != 1 or found[0].source is None:
        return replace(output, source=None)
    below = replace(found[0].source, null_extended=source.null_extended or found[0].source.null_extended)
    return _beneath(replace(output, source=below), views, schema)


def analyse(definition: Sql) -> Analysis:
    """Read `definition`. Raises DefinitionError (with file and line) for what is not one SELECT."""
    return _analysis(definition, parse(definition))


def analyse_printed(definition: Sql, text: str) -> Analysis:
    """The same of `text`, which PostgreSQL printed of `definition`, or of a view that it reads."""
    return _analysis(definition, _parsed(definition, text))


def _analysis(definition: Sql, tree: exp.Query) -> Analysis:
    tables = dict.fromkeys(table_name(found) for found in tree.find_all(exp.Table, bfs=False) if _is_table(found))
    selects = _branches(definition, tree)
    if any(projection.is_star for select in selects for projection in select.expressions):
        return Analysis(tuple(tables), ())
    branches = tuple(_outputs(select) for select in selects)
    for position, branch in enumerate(branches, start=1):
        if len(branch) != len(branches[0]):
            raise DefinitionError(
                definition.path,
                None,
                f"branch {position} of the set operation has {len(branch)} columns, the first {len(branches[0])}",
                "Select the same columns in every branch",
            )
    return Analysis(tuple(tables), branches)


def parse(definition: Sql) -> exp.Query:
    """The syntax tree of `definition`, its names folded as PostgreSQL folds them. Raises DefinitionError."""
    try:
        text = definition.text
    except OSError as error:
        raise DefinitionError(
            definition.path, None, f"cannot be read ({error.strerror})", "Correct its path in the declaration"
        ) from None
    return _parsed(definition, text)


def _parsed(definition: Sql, text: str) -> exp.Query:
    try:
        trees = sqlglot.parse(text, dialect=ExactPostgres)
    except ParseError as error:
        details = error.errors[0] if error.errors else {}
        near = f" near {details['highlight']!r}" if details.get("highlight") else ""
        raise DefinitionError(
            definition.path,
            definition.line(details.get("line")),
            f"syntax error{near}",
            "Correct the SELECT there",
            unread=near,
        ) from None
    except TokenError:
        raise DefinitionError(
            definition.path, None, "a quotation mark or a comment is opened and never closed", "Close it", unread=""
        ) from None
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        raise DefinitionError(
            definition.path,
            definition.line(1),
            "a definition is one SELECT",
            "Keep one SELECT in the file and remove everything else",
        )
    for identifier in trees[0].find_all(exp.Identifier):
        if not identifier.quoted:
            identifier.set("this", fold(identifier.name))
    return trees[0]


def table_name(table: exp.Table) -> TableName:
    """The name of `table` as it is written."""
    return TableName(table.name, table.db or None)


def _is_table(item: exp.Expr) -> TypeGuard[exp.Table]:
    """Whether `item` is a table or view: neither a function in FROM nor a CTE that is visible where it stands."""
    return isinstance(item, exp.Table) and bool(item.name) and common_table(item) is None


def common_table(item: exp.Table) -> exp.CTE | None:
    """The common table expression that `item` names, if one of that name is visible where it stands."""
    inside: exp.Expr | None = None
    node: exp.Expr | None = None if item.db else item
    while node is not None:
        if isinstance(node, exp.CTE):
            inside = node
        clause = node.args.get("with_")
        if isinstance(clause, exp.With):
            for common in clause.expressions:
                if common is inside and not clause.recursive:
                    # It does not see itself, nor those after it.
                    break
                if common.alias == item.name:
                    return common
        node = node.parent
    return None


def _branches(definition: Sql, tree: exp.Expr) -> list[exp.Select]:
    if isinstance(tree, exp.SetOperation):
        return [*_branches(definition, tree.left), *_branches(definition, tree.right)]
    if isinstance(tree, exp.Subquery):
        return _branches(definition, tree.this)
    if isinstance(tree, exp.Select):
        return [tree]
    raise DefinitionError(
        definition.path,
        None,
        "the output columns are not named (VALUES leaves them open)",
        "Write SELECT with a name for each column",
    )


def _outputs(select: exp.Select) -> tuple[Output, ...]:
    sources = _direct_sources(select)
    if _has_grouping_sets(select):
        # In rows of other sets a grouping column is NULL.
        sources = {alias: (table, True) for alias, (table, _) in sources.items()}
    return tuple(_output(projection, sources) for projection in select.expressions)


def _has_grouping_sets(select: exp.Select) -> bool:
    group = select.args.get("group")
    return group is not None and group.find(exp.Rollup, exp.Cube, exp.GroupingSets) is not None


def _direct_sources(select: exp.Select) -> dict[str, tuple[TableName | None, bool]]:
    """Alias -> (table, null-extended) of what stands directly in FROM and JOIN; None for what is no table."""
    found: dict[str, tuple[TableName | None, bool]] = {}
    first = select.args.get("from_")
    if first:
        found[first.this.alias_or_name] = (_named_by_itself(first.this), False)
    for join in select.args.get("joins") or ():
        side, item = join.side, join.this
        if side in ("RIGHT", "FULL"):
            found = {alias: (table, True) for alias, (table, _) in found.items()}
        found[item.alias_or_name] = (_named_by_itself(item), side in ("LEFT", "FULL"))
    return found


def _named_by_itself(item: exp.Expr) -> TableName | None:
    """The table that `item` is, if its columns have their own names here, and nothing is joined to it first."""
    if not _is_table(item) or item.alias_column_names or item.args.get("joins"):
        return None
    return table_name(item)


def _output(projection: exp.Expr, sources: dict[str, tuple[TableName | None, bool]]) -> Output:
    inner = projection.unalias()
    while isinstance(inner, exp.Paren):
        inner = inner.this
    source: SourceColumn | None = None
    if isinstance(inner, exp.Column):
        # An unqualified column can be told apart only where there is one place it can come from.
        alias = inner.table or (next(iter(sources)) if len(sources) == 1 else "")
        table, null_extended = sources.get(alias, (None, False))
        source = SourceColumn(table, inner.name, null_extended) if table else None
    value = inner.this if isinstance(inner, exp.Cast) else inner
    constant = printed(inner) if isinstance(value, exp.Literal | exp.Boolean) else None
    return Output(projection.output_name or projection.alias_or_name, source, constant)
