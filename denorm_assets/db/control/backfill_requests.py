"""Requests to running backfills (pause, resume, cancel), whichever process runs them."""

from __future__ import annotations

from denorm_assets.db.control.registry import registration
from denorm_assets.db.postgres.database import Database
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.sql.control import query


def request(database: Database, system: System, model: ReadModel, what: str) -> None:
    """Make all backfills of `model` `pause`, `resume` or `cancel` after their present batch. Raises NotApplied."""
    with database.session(system.schema) as session:
        registered = registration(session, system, model)
        session.execute(query("models", what, model_id=registered.model_id))
