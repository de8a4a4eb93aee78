"""Which indexes are being built: noted before, because an index that is not finished cannot carry our COMMENT yet."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from denorm_assets.db.control import control_schema
from denorm_assets.db.postgres.session import Session
from denorm_assets.sql.control import query
from denorm_assets.sql.step import Step


@contextmanager
def noted(session: Session, system: str, step: Step) -> Generator[None]:
    """Keep a note of the indexes that a step builds for the block; it stays where that fails or is killed."""
    if not step.builds:
        yield
        return
    named = {"schemas": [each.schema for each in step.builds], "indexes": [each.name for each in step.builds]}
    session.execute(query("builds", "note", system=system, **named))
    yield
    session.execute(query("builds", "strike_out", system=system, **named))


def begun(session: Session, system: str) -> list[Mapping[str, Any]]:
    """What builds for the system left half-way."""
    if not control_schema.installed(session):
        return []
    return [*session.rows(query("builds", "begun", system=system))]


def forget_gone_builds(session: Session, system: str) -> None:
    """Forget builds of the system whose indexes are gone."""
    if control_schema.installed(session):
        session.execute(query("builds", "strike_out_gone", system=system))
