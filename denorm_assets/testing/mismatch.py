"""How a read model differs from its definition, found in a fresh connection, and what that means to people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row

from denorm_assets.db.capture.declared import ModelCapture, registered_capture
from denorm_assets.db.control.registry import registration
from denorm_assets.db.health.kept_fresh import kept_fresh
from denorm_assets.db.postgres.compose import collect_params, executable
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.errors import error_reason
from denorm_assets.db.postgres.session_settings import MEANING, search_path, set_all
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.system import System
from denorm_assets.sql.control import query
from denorm_assets.sql.rows.compare import rows_apart

_SHOWN = 10
_NOT_EXPLAINED = (
    "Capture is installed and nothing is pending, so no change explains this. If something wrote to the read model, or "
    "to a source while its triggers were off (session_replication_role = replica), it must not. Otherwise it is a "
    "fault of denorm-assets: report the definition and the changes below"
)


def mismatch(url: str, described: DescribedModel) -> str | None:
    """How the read model differs from its definition, or why this cannot be computed; None where it does not differ.

    Rows are compared by value, and once more as text, in both directions, with duplicates counted. A definition that
    reads the clock is compared at the stored time.
    """
    rows: list[DictRow] = []
    with psycopg.connect(url, autocommit=True) as connection, connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(set_all({**MEANING, "search_path": search_path(described.schema)}))
        # As people wrote it, where it does not depend on the time.
        text = described.at_clock or described.model.definition.text
        try:
            for by_image in (False, True):
                rows = rows or _rows_apart(cursor, described, text, by_image=by_image)
        except psycopg.Error as error:
            return f"PostgreSQL cannot compute the definition of {described.full_name}: {error_reason(error)}"
    return _in_words(described, rows) if rows else None


def advice(database: Database, system: System, described: DescribedModel) -> str:
    """What to do about a read model that differs."""
    with database.session(system.schema) as session:
        registered = registration(session, system, described.model)
        waiting = session.one(query("testing", "waiting", model_id=registered.model_id))["count"]
        if waiting:
            return f"Changes are pending ({waiting}). Call drain() before assert_matches_definition()"
        # Not what the declaration asks for: that takes as long as `apply`, for each example that hypothesis tries.
        capture = ModelCapture(registered_capture(session, system.name, described.model.name))
        found = kept_fresh(session, described.full_name, registered, capture)
    return _NOT_EXPLAINED if found.passed else f"The check kept_fresh: {found.summary}"


def _rows_apart(
    cursor: psycopg.Cursor[DictRow], described: DescribedModel, text: str, *, by_image: bool
) -> list[DictRow]:
    statement = rows_apart(described, text, _SHOWN, by_image=by_image)
    return cursor.execute(executable(statement), collect_params(statement)).fetchall()


def _in_words(described: DescribedModel, rows: Sequence[DictRow]) -> str:
    key = described.model.key
    sides: dict[str, dict[tuple[Any, ...], list[dict[str, str | None]]]] = {"missing": {}, "extra": {}}
    for row in rows:
        values = dict(zip(described.column_names, row["shown"], strict=True))
        sides[row["side"]].setdefault(tuple(values[column] for column in key), []).append(values)
    lines = [
        line
        for values in dict.fromkeys([*sides["missing"], *sides["extra"]])
        for line in _differences(
            _pairs(dict(zip(key, values, strict=True))),
            sides["missing"].get(values, []),
            sides["extra"].get(values, []),
        )
    ]
    counts = {row["side"]: row["row_count"] for row in rows}
    said = " and ".join(f"{count:,} {side}" for side, count in counts.items())
    more = [f"  ... of each side, {_SHOWN} rows are shown"] if max(counts.values()) > _SHOWN else []
    head = f"{described.full_name} differs from its definition: {said} (key: {', '.join(key)})"
    return "\n".join([head, *lines, *more])


def _differences(
    key: str, missing: Sequence[dict[str, str | None]], extra: Sequence[dict[str, str | None]]
) -> list[str]:
    """What is wrong with the rows of one key."""
    if len(missing) == len(extra) == 1:
        held, defined = extra[0], missing[0]
        apart = [
            f"{column} is {_value(held[column])}, by the definition {_value(defined[column])}"
            for column in held
            if held[column] != defined[column]
        ]
        return [f"  {key}: {'; '.join(apart)}"]
    return [
        *(f"  {key}: the row is missing: {_pairs(row)}" for row in missing),
        *(f"  {key}: the row should not be there: {_pairs(row)}" for row in extra),
    ]


def _pairs(values: dict[str, str | None]) -> str:
    return ", ".join(f"{column}={_value(value)}" for column, value in values.items())


def _value(value: str | None) -> str:
    return "NULL" if value is None else repr(value)
