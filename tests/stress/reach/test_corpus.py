"""Every definition of the corpus is valid by itself: PostgreSQL takes it, it yields rows, and its header is true."""

from __future__ import annotations

from typing import Any, LiteralString, cast

import psycopg
import pytest
from psycopg import sql

from tests.conftest import Server
from tests.stress.reach.corpus import Application, Defined, applications
from tests.stress.reach.run import connect, prepare

_TABLES_READ: LiteralString = """
WITH RECURSIVE read (relation) AS (
    SELECT 'pg_temp.the_definition'::regclass::oid
    UNION
    SELECT d.refobjid FROM read JOIN pg_rewrite AS r ON r.ev_class = read.relation
        JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
    WHERE d.refclassid = 'pg_class'::regclass
)
SELECT c.relname FROM read JOIN pg_class AS c ON c.oid = read.relation WHERE c.relkind IN ('r', 'p')
"""


@pytest.mark.costly
@pytest.mark.parametrize("application", applications(), ids=lambda application: application.name)
def test_corpus_definitions_yield_rows_with_unique_keys(server: Server, application: Application) -> None:
    template = prepare(server, application)
    with connect(server.postgres.url(template)) as connection:
        for defined in application.definitions:
            assert set(defined.large) <= _tables_read(connection, defined), defined.path
        rows = {defined.name: 0 for defined in application.definitions}
        for block in ("", *application.changes):
            with connection.transaction():
                connection.execute(block.encode())
            for defined in application.definitions:
                rows[defined.name] += _rows(connection, defined)
        assert [name for name, count in rows.items() if not count] == []
    server.drop(template)


def _tables_read(connection: psycopg.Connection[tuple[Any, ...]], defined: Defined) -> set[str]:
    """The tables that a definition reads, those behind views included."""
    connection.execute(f"CREATE TEMPORARY VIEW the_definition AS\n{defined.text}".encode())
    found = {name for (name,) in connection.execute(_TABLES_READ)}
    connection.execute("DROP VIEW the_definition")
    return found


def _rows(connection: psycopg.Connection[tuple[Any, ...]], defined: Defined) -> int:
    """How many rows there are. Raises AssertionError where two have the same key, NULLs being equal."""
    query = sql.SQL("SELECT count(*), count(DISTINCT ROW({key})) FROM (\n{definition}\n) AS d").format(
        key=sql.SQL(", ").join(map(sql.Identifier, defined.key)),
        definition=sql.SQL(cast(LiteralString, defined.text)),
    )
    [(rows, keys)] = connection.execute(query)
    assert rows == keys, f"{defined.path}: {rows} rows, {keys} keys"
    return rows
