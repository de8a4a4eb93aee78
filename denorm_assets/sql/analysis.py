"""Reading a definition: its sources and where its output columns come from (sqlglot; no database needed).

What is executed is always the original text; the syntax tree only answers questions about it. Types and name
resolution are PostgreSQL's own business (`db/description.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.optimizer.normalize_identifiers import normalize_identifiers

from denorm_assets.errors import DefinitionError
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.table_name import TableName


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
        tables: every table that it reads, in order of appearance, without repetition.
        branches: the output columns of each branch of its set operations; one branch where there is none.
    """

    tables: tuple[TableName, ...]
    branches: tuple[tuple[Output, ...], ...]

    @property
    def output_names(self) -> tuple[str, ...]:
        """Names of the output columns; the first branch gives them, as in PostgreSQL."""
        return tuple(output.name for output in self.branches[0])


def analyse(definition: SqlFile) -> Analysis:
    """Read `definition`. Raises DefinitionError (with file and line) for what is not one SELECT."""
    try:
        trees = sqlglot.parse(definition.text, dialect="postgres")
    except OSError as error:
        raise DefinitionError(
            definition.path, None, f"cannot be read ({error.strerror})", "Correct the path given to SqlFile"
        ) from None
    except (ParseError, TokenError) as error:
        raise _syntax_error(definition, error) from None
    tree = trees[0] if len(trees) == 1 else None
    if not isinstance(tree, exp.Query):
        raise DefinitionError(
            definition.path, 1, "a definition is one SELECT", "Keep one SELECT in the file and remove everything else"
        )
    tree = normalize_identifiers(tree, dialect="postgres")
    common = {cte.alias for cte in tree.find_all(exp.CTE)}
    tables = dict.fromkeys(
        _table_name(found)
        for found in tree.find_all(exp.Table)
        if found.name and (found.db or found.name not in common)
    )
    return Analysis(tuple(tables), tuple(_outputs(branch, common) for branch in _branches(tree)))


def _syntax_error(definition: SqlFile, error: ParseError | TokenError) -> DefinitionError:
    details = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
    problem = str(details.get("description") or "cannot be read as SQL").rstrip(".")
    near = f" near {details['highlight']!r}" if details.get("highlight") else ""
    return DefinitionError(
        definition.path, details.get("line"), f"syntax error: {problem}{near}", "Correct the SELECT there"
    )


def _table_name(table: exp.Table) -> TableName:
    return TableName(table.name, table.db or None)


def _branches(tree: exp.Expr) -> list[exp.Select]:
    if isinstance(tree, exp.SetOperation):
        return [*_branches(tree.left), *_branches(tree.right)]
    if isinstance(tree, exp.Subquery):
        return _branches(tree.this)
    return [tree] if isinstance(tree, exp.Select) else []


def _outputs(select: exp.Select, common: set[str]) -> tuple[Output, ...]:
    sources = _direct_sources(select, common)
    return tuple(_output(projection, sources) for projection in select.expressions)


def _direct_sources(select: exp.Select, common: set[str]) -> dict[str, tuple[TableName, bool]]:
    """Alias -> (table, null-extended) of the tables that stand directly in FROM and JOIN."""
    found: dict[str, tuple[TableName, bool]] = {}
    first = select.args.get("from_")
    _add_source(found, first.this if first else None, False, common)
    for join in select.args.get("joins") or ():
        side = (join.side or "").upper()
        if side in ("RIGHT", "FULL"):
            found = {alias: (table, True) for alias, (table, _) in found.items()}
        _add_source(found, join.this, side in ("LEFT", "FULL"), common)
    return found


def _add_source(
    found: dict[str, tuple[TableName, bool]], item: exp.Expr | None, null_extended: bool, common: set[str]
) -> None:
    if isinstance(item, exp.Table) and item.name and (item.db or item.name not in common):
        found[item.alias_or_name] = (_table_name(item), null_extended)


def _output(projection: exp.Expr, sources: dict[str, tuple[TableName, bool]]) -> Output:
    inner = projection.unalias()
    while isinstance(inner, exp.Paren):
        inner = inner.this
    source: SourceColumn | None = None
    if isinstance(inner, exp.Column):
        # An unqualified column can be told apart only where there is one place it can come from.
        alias = inner.table or (next(iter(sources)) if len(sources) == 1 else "")
        if alias in sources:
            table, null_extended = sources[alias]
            source = SourceColumn(table, inner.name, null_extended)
    value = inner.this if isinstance(inner, exp.Cast) else inner
    constant = inner.sql(dialect="postgres") if isinstance(value, exp.Literal | exp.Boolean) else None
    return Output(projection.output_name or projection.alias_or_name, source, constant)
