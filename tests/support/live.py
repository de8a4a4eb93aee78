"""Systems brought to life, and the oracle that judges them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, LiteralString, cast

import psycopg
from psycopg import sql

from denorm_assets.db.plan.consent import Consent
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.testing.bring_up import bring_up
from tests.support.stored_clock import at_stored_clock

__all__ = ["AGREED", "bring_up", "one_number", "pending", "pending_of_models", "wrong_rows"]

AGREED = Consent(loss=True)
"""What a person says who means every change of a declaration."""


def wrong_rows(url: str, system: System, models: Iterable[ReadModel] | None = None) -> dict[str, int]:
    """Read model -> rows that only it or only its definition holds, duplicates counted, in a fresh connection.

    Without `models`, all but those that time alone refreshes. One with a stored time is compared at that time.
    """
    steady = [model for model in system.read_models if model.every is None]
    wrong: dict[str, int] = {}
    with psycopg.connect(url, autocommit=True, options="-c timezone=UTC") as connection:
        connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(system.schema)))
        for model in steady if models is None else models:
            text = at_stored_clock(connection, system.name, model.name, model.definition.text)
            definition = sql.SQL(cast(LiteralString, text))
            described = connection.execute(sql.SQL("SELECT * FROM ({}\n) AS d LIMIT 0").format(definition)).description
            # By name: a column that was added in place stands last in the table.
            columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in described or ())
            query = sql.SQL(
                "WITH defined AS MATERIALIZED (SELECT ROW({columns})::text FROM (\n{definition}\n) AS d),"
                " held AS MATERIALIZED (SELECT ROW({columns})::text FROM {table} AS h)"
                " SELECT (SELECT count(*) FROM (TABLE defined EXCEPT ALL TABLE held) AS x)"
                " + (SELECT count(*) FROM (TABLE held EXCEPT ALL TABLE defined) AS x)"
            ).format(columns=columns, definition=definition, table=sql.Identifier(model.name))
            wrong[f"{system.name}/{model.name}"] = one_number(connection, query)
    return wrong


def pending(url: str) -> int:
    """How many changes are not shown yet: in the log, or waiting to be drained."""
    with psycopg.connect(url, autocommit=True) as connection:
        return one_number(
            connection, "SELECT (SELECT count(*) FROM denorm.change_log) + (SELECT count(*) FROM denorm.pending)"
        )


def pending_of_models(url: str) -> int:
    """The same without what waits for the keeper of a cache."""
    with psycopg.connect(url, autocommit=True) as connection:
        return one_number(
            connection,
            "SELECT (SELECT count(*) FROM denorm.change_log) + (SELECT count(*) FROM denorm.pending AS p"
            " JOIN denorm.read_model AS m ON m.id = p.model_id WHERE m.kind = 'table')",
        )


def one_number(connection: psycopg.Connection[tuple[Any, ...]], query: LiteralString | sql.Composed) -> int:
    """The number that an aggregate yields."""
    row = connection.execute(query).fetchone()
    assert row is not None, "an aggregate yields one row"
    return int(row[0])
