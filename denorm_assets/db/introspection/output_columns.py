"""The output columns of a definition: their types, and how their values are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import errors as pg

from denorm_assets.db.introspection.views_read import ViewsRead
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.catalog.described import BUILT_IN, Column, Operators
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.read_definition import Analysis
from denorm_assets.sql.control import query
from denorm_assets.sql.parsed.choices import Equality, chosen_outputs
from denorm_assets.sql.parsed.query_tree import parse_tree
from denorm_assets.sql.parsed.views import with_views
from denorm_assets.sql.statement import Raw, Statement


def output_columns(session: Session, analysis: Analysis, views: ViewsRead, schema: str) -> tuple[Column, ...]:
    """Those of the definition that is `resolved`; `analysis` says where they come from beneath `views`."""
    rows = session.rows(query("catalog", "view_columns"))
    not_null = _not_null_outputs(session, analysis, schema)
    chosen = _chosen(session, rows, views)
    return tuple(
        Column(
            name=row["name"],
            type=row["type"],
            collation=tuple(row["collation"]) if row["collation"] else None,
            not_null=row["name"] in not_null,
            exact=row["exact"],
            hashable=row["exact"] or (row["name"] in chosen and _is_hashable(session, row["type"])),
            operators=Operators(*row["operators"]) if row["operators"] else BUILT_IN,
        )
        for row in rows
    )


def _chosen(session: Session, columns: Sequence[Mapping[str, Any]], views: ViewsRead) -> set[str]:
    """The output columns in which the resolved definition chooses among equal values that may look different."""
    if all(column["exact"] for column in columns):
        return set()
    found = session.one(query("catalog", "equality"))
    equality = Equality(frozenset(found["exact"]), frozenset(found["loose"]), frozenset(found["steady"]))
    whole = with_views(parse_tree(found["tree"]), views.parsed)
    chosen = chosen_outputs(whole, equality)
    return {column["name"] for column, is_chosen in zip(columns, chosen, strict=True) if is_chosen}


def _not_null_outputs(session: Session, analysis: Analysis, schema: str) -> set[str]:
    """Output columns that are, in every branch, a NOT NULL column of a source that no outer join null-extends."""
    known: dict[TableName, set[str]] = {}

    def never_null(position: int) -> bool:
        for branch in analysis.branches:
            output = branch[position]
            if output.source is None:
                if output.constant is None:
                    return False
                continue
            table = output.source.table.within(schema)
            if table not in known:
                known[table] = _not_null_columns(session, table)
            if output.source.null_extended or output.source.column not in known[table]:
                return False
        return True

    return {name for position, name in enumerate(analysis.output_names) if never_null(position)}


def _not_null_columns(session: Session, table: TableName) -> set[str]:
    rows = session.rows(query("catalog", "table_columns", schema=table.schema, table=table.name))
    return {row["name"] for row in rows if row["not_null"]}


def _is_hashable(session: Session, type_name: str) -> bool:
    """Whether rows with a column of this type can be hashed; PostgreSQL is asked to do it once."""
    try:
        with session.transaction():
            session.execute(Statement("SELECT hash_record_extended(ROW(NULL::{type}), 0)", {"type": Raw(type_name)}))
    except pg.UndefinedFunction:
        return False
    return True
