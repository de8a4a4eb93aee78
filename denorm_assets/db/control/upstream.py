"""The read models that a read model reads: whether they hold what it is computed from."""

from __future__ import annotations

from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import SourceNotLoaded
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.sql.analysis.read_definition import analyse
from denorm_assets.sql.control import query


def require_loaded(session: Session, described: DescribedModel) -> None:
    """Raises SourceNotLoaded where a read model that `described` reads is not loaded.

    People would read what is computed from a part of its rows.
    """
    _require(session, described, "loaded")


def require_readable(session: Session, described: DescribedModel) -> None:
    """Raises SourceNotLoaded where PostgreSQL refuses to read one: a materialized view that was never refreshed.

    What reads a table that is being loaded follows it, because capture is on.
    """
    _require(session, described, "filled")


def unloaded_sources(session: Session, model_id: int) -> list[str]:
    """The read models that a registered one reads and that are not loaded, as `system/model`."""
    return [row["full_name"] for row in session.rows(query("models", "not_loaded", model_id=model_id))]


def _require(session: Session, described: DescribedModel, needed: str) -> None:
    tables = [table.within(described.schema) for table in analyse(described.model.definition).tables]
    named = {"schemas": [table.schema for table in tables], "tables": [table.name for table in tables]}
    lacking = [row["full_name"] for row in session.rows(query("models", "among", **named)) if not row[needed]]
    lacking = [name for name in lacking if name != described.full_name]
    if lacking:
        raise SourceNotLoaded(described.full_name, lacking)
