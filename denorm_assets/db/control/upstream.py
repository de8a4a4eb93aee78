"""The read models that a read model reads: whether they hold what it is computed from."""

from __future__ import annotations

from collections.abc import Sequence

from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import SourceNotLoaded
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query


def require_loaded(session: Session, name: str, tables: Sequence[TableName]) -> None:
    """Raises SourceNotLoaded where one of `tables`, which the read model `name` reads, is one that is not loaded.

    People would read what is computed from a part of its rows.
    """
    _require(session, name, tables, "loaded")


def require_readable(session: Session, name: str, tables: Sequence[TableName]) -> None:
    """Raises SourceNotLoaded where PostgreSQL refuses to read one: a materialized view that was never refreshed.

    What reads a table that is being loaded follows it, because capture is on.
    """
    _require(session, name, tables, "filled")


def unloaded_sources(session: Session, model_id: int) -> list[str]:
    """The read models that a registered one reads and that are not loaded, as `system/model`."""
    return [row["full_name"] for row in session.rows(query("models", "not_loaded", model_id=model_id))]


def _require(session: Session, name: str, tables: Sequence[TableName], needed: str) -> None:
    named = {"schemas": [table.schema for table in tables], "tables": [table.name for table in tables]}
    lacking = [row["full_name"] for row in session.rows(query("models", "among", **named)) if not row[needed]]
    lacking = [each for each in lacking if each != name]
    if lacking:
        raise SourceNotLoaded(name, lacking)
