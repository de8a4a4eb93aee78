"""A definition's syntax tree with every column qualified, for analysis only; the original text is what runs."""

from __future__ import annotations

from collections.abc import Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.refusal import Refusal

SourceColumns = Mapping[TableName, Mapping[str, str]]
"""Columns of each source with their types, tables spelled with their schema."""


def qualified(definition: str, columns: SourceColumns, schema: str) -> exp.Query:
    """Parse `definition` and qualify every column with its table's alias; `schema` is where bare names live.

    Raises Refusal for what sqlglot cannot resolve.
    """
    tree = sqlglot.parse_one(definition, dialect="postgres")
    if not isinstance(tree, exp.Query):
        raise Refusal("the definition", "it is not a SELECT")
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
            dialect="postgres",
            identify=True,
            expand_alias_refs=False,
        )
    except SqlglotError as error:
        raise Refusal("the definition", f"its columns cannot be resolved ({str(error).splitlines()[0]})") from error
    assert isinstance(result, exp.Query)
    return result


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
