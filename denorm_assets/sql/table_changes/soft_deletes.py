"""Soft deletes: the column that marks a row, the view without marked rows, and what a DELETE through it does.

The view shows the table to whoever asks, with the rights and the row security of whoever asks, and PostgreSQL passes
INSERT and UPDATE on to the table. A DELETE marks the row, by its primary key, and what foreign keys would have deleted
along with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from denorm_assets.model.index import Index
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.statement import Listing, Literal, Quoted, Raw, Statement, columns, name, table

COLUMN = "deleted_at"
COLUMN_TYPE = "timestamp with time zone"
TRIGGER = "trg_denorm_soft_delete"
OURS = "denorm_assets soft delete"
"""The COMMENT of a column that we added, and how that of a view of ours begins."""
INDEX = Index(COLUMN, where=f"{COLUMN} IS NOT NULL")
EXPECTED = "denorm_expected"
"""A temporary view, to compare with the one that is there as PostgreSQL writes both."""

_TAG = "soft_delete"
_LONGEST_PART = 42
"""Bytes of a table's name in that of its function, so that the whole stays within PostgreSQL's 63."""


@dataclass(frozen=True)
class KeyPart:
    """A column of a primary key.

    Attributes:
        operator: schema and name of the operator by which the key's index finds a value equal.
    """

    column: str
    operator: tuple[str, str]


@dataclass(frozen=True)
class Cascade:
    """A foreign key of a table with soft deletes, by which rows would be deleted along.

    Attributes:
        pairs: its columns, each with the column that it refers to, and the operator between both.
    """

    table: TableName
    pairs: tuple[tuple[str, str, tuple[str, str]], ...]


def live_view(of: TableName) -> TableName:
    """The view without marked rows."""
    return TableName(f"{of.name}_live", of.schema)


def function_name(of: TableName) -> str:
    """Name of the function that marks a table's row, in the schema `denorm`; two tables never share one."""
    part = of.name.encode()[:_LONGEST_PART].decode(errors="ignore")
    return f"deletes_of_{part}_{sha256(str(of).encode()).hexdigest()[:8]}"


def add_column(to: TableName) -> Statement:
    """ADD COLUMN, NULL in all rows: none is rewritten."""
    return Statement(
        "ALTER TABLE {table} ADD COLUMN {column} timestamptz", {"table": table(to), "column": name(COLUMN)}
    )


def analyze(of: TableName) -> Statement:
    """ANALYZE of the column alone."""
    return Statement("ANALYZE {table} ({column})", {"table": table(of), "column": name(COLUMN)})


def create_function(of: TableName, key: Sequence[KeyPart], cascades: Sequence[Cascade]) -> Statement:
    """The trigger function that marks a row instead of deleting it, with the rights of whoever deletes.

    It is marked before what goes along with it, so that circles end. The search path stays the caller's, because the
    table's own triggers fire within; so all names carry their schema.
    """
    found = tuple(
        Statement(
            "held.{column} {equals} OLD.{column}", {"column": name(part.column), "equals": _operator(part.operator)}
        )
        for part in key
    )
    body = Statement(
        "\nBEGIN\n"
        "    UPDATE {table} AS held SET {column} = pg_catalog.now()\n"
        "    WHERE {found} AND held.{column} IS NULL;\n"
        # A row that is not returned does not count as deleted.
        "    IF NOT FOUND THEN\n        RETURN NULL;\n    END IF;\n{along}"
        "    RETURN OLD;\n"
        "END ",
        {
            "table": table(of),
            "column": name(COLUMN),
            "found": Listing(found, " AND "),
            "along": Listing(tuple(_delete_along(cascade) for cascade in cascades), ""),
        },
    )
    return Statement(
        "CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS {body}",
        {"function": name("denorm", function_name(of)), "body": Quoted(body, _TAG)},
    )


def _delete_along(cascade: Cascade) -> Statement:
    equal = tuple(
        Statement(
            "OLD.{to} {equals} along.{column}",
            {"to": name(to_column), "equals": _operator(operator), "column": name(column)},
        )
        for column, to_column, operator in cascade.pairs
    )
    return Statement(
        "    DELETE FROM {view} AS along WHERE {equal};\n",
        {"view": table(live_view(cascade.table)), "equal": Listing(equal, " AND ")},
    )


def _operator(operator: tuple[str, str]) -> Statement:
    schema, symbol = operator
    return Statement("OPERATOR({schema}.{symbol})", {"schema": name(schema), "symbol": Raw(symbol)})


def create_view(of: TableName, shown: tuple[str, ...], *, replace: bool) -> Statement:
    """The view of the `shown` columns of rows that are not marked."""
    return Statement(
        "CREATE {replace}VIEW {view} WITH (security_invoker = true) AS\n{rows}",
        {"replace": Raw("OR REPLACE " if replace else ""), "view": table(live_view(of)), "rows": _rows(of, shown)},
    )


def create_expected_view(of: TableName, shown: tuple[str, ...]) -> Statement:
    """The same as a temporary view."""
    return Statement("CREATE TEMPORARY VIEW {view} AS\n{rows}", {"view": name(EXPECTED), "rows": _rows(of, shown)})


def _rows(of: TableName, shown: tuple[str, ...]) -> Statement:
    return Statement(
        "SELECT {columns} FROM {table} WHERE {deleted} IS NULL",
        {"columns": columns(shown), "table": table(of), "deleted": name(COLUMN)},
    )


def view_comment(created: str) -> str:
    """What the COMMENT of a view says that the statements `created` make with its function."""
    return f"{OURS} {sha256(created.encode()).hexdigest()[:12]}"


def comment_on_view(of: TableName, comment: str) -> Statement:
    """COMMENT that tells our view from others', and an outdated one from the present one."""
    return Statement("COMMENT ON VIEW {view} IS {comment}", {"view": table(live_view(of)), "comment": Literal(comment)})


def create_trigger(of: TableName) -> Statement:
    """The trigger that marks instead of deleting."""
    return Statement(
        "CREATE OR REPLACE TRIGGER {trigger} INSTEAD OF DELETE ON {view}\nFOR EACH ROW EXECUTE FUNCTION {function}()",
        {
            "trigger": name(TRIGGER),
            "view": table(live_view(of)),
            "function": name("denorm", function_name(of)),
        },
    )


def drop_view(of: TableName) -> Statement:
    """DROP VIEW, refused by PostgreSQL where another object depends on it."""
    return Statement("DROP VIEW {view}", {"view": table(live_view(of))})


def drop_view_and_function(of: TableName, *, unmarked: bool) -> Statement:
    """DROP of both at once: without its function, a DELETE through the view would be one.

    With `unmarked` it raises where a row is marked; whoever deletes through the view either came before, or waits.
    """
    message = f"a row of {of} was marked as deleted meanwhile, so it keeps its mark and its view"
    check = Statement(
        "    IF EXISTS (SELECT FROM {table} WHERE {column} IS NOT NULL) THEN\n"
        "        RAISE EXCEPTION USING MESSAGE = {message};\n"
        "    END IF;\n",
        {"table": table(of), "column": name(COLUMN), "message": Literal(message)},
    )
    body = Statement(
        " BEGIN\n    DROP VIEW {view};\n{check}    DROP FUNCTION IF EXISTS {function}();\nEND ",
        {
            "view": table(live_view(of)),
            "check": check if unmarked else Raw(""),
            "function": name("denorm", function_name(of)),
        },
    )
    return Statement("DO {body}", {"body": Quoted(body, _TAG)})


def count_marked(of: TableName) -> Statement:
    """How many rows are marked."""
    return Statement(
        "SELECT count(*) AS marked FROM {table} WHERE {column} IS NOT NULL",
        {"table": table(of), "column": name(COLUMN)},
    )
