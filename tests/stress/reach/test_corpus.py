"""Every definition of the corpus is valid by itself: PostgreSQL takes it, it yields rows, and its key is unique."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from tests.conftest import Server
from tests.stress.reach.corpus import Application, applications
from tests.stress.reach.run import connect, prepare


@pytest.mark.parametrize("application", applications(), ids=lambda application: application.name)
def test_definitions_yield_rows_with_unique_keys_before_and_after_all_changes(
    server: Server, application: Application
) -> None:
    template = prepare(server, application)
    with connect(server.postgres.url(template)) as connection:
        rows = {defined.name: 0 for defined in application.definitions}
        for block in ("", *application.changes):
            with connection.transaction():
                connection.execute(block.encode())
            for defined in application.definitions:
                rows[defined.name] += _rows(connection, defined.text, defined.key)
        assert [name for name, count in rows.items() if not count] == []
    server.drop(template)


def _rows(connection: psycopg.Connection[tuple[object, ...]], text: str, key: tuple[str, ...]) -> int:
    """How many rows there are. Raises AssertionError where two have the same key, NULLs being equal."""
    columns = sql.SQL(", ").join(map(sql.Identifier, key))
    query = sql.SQL("SELECT count(*), count(DISTINCT ROW({})) FROM (\n{}\n) AS d")
    row = connection.execute(query.format(columns, sql.SQL(text))).fetchone()  # pyright: ignore[reportArgumentType]
    assert row is not None
    assert row[0] == row[1], f"keys repeat: {row[0]} rows, {row[1]} keys\n{text}"
    return int(str(row[0]))
