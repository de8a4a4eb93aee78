"""What metrics show of the database: how stale each read model is, and how full the change log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from denorm_assets.db.control import control_schema
from denorm_assets.db.control.registry import registrations
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.system import System
from denorm_assets.sql.control import query


@dataclass(frozen=True)
class ObservedModel:
    """A registered read model.

    Attributes:
        pending: changes that it does not show yet.
        staleness: seconds that the oldest of these has waited; 0 where none waits.
        quarantined: anchors whose rows cannot be computed.
    """

    full_name: str
    live: bool
    pending: int
    staleness: float
    quarantined: int


@dataclass(frozen=True)
class Observed:
    """What is there at one moment.

    Attributes:
        log_bytes: size of the change log with what is pending, None where nothing is applied; `log_limit` is at what
            size logging stops, None where there is no limit.
        log_full: whether changes are not logged.
    """

    models: tuple[ObservedModel, ...] = ()
    log_bytes: int | None = None
    log_limit: int | None = None
    log_full: bool = False


def observe(session: Session, systems: Sequence[System]) -> Observed:
    """What is there of `systems` now; nothing before the first `apply`."""
    if not control_schema.installed(session):
        return Observed()
    models: list[ObservedModel] = []
    for system in systems:
        for name, registered in registrations(session, system).items():
            health = session.one(query("drains", "health", model_id=registered.model_id))
            models.append(
                ObservedModel(
                    f"{system.name}/{name}",
                    registered.state == "live",
                    health["pending"],
                    float(health["lag_seconds"]),
                    health["quarantined"],
                )
            )
    log = session.one(query("monitoring", "log_bytes"))
    full = log["stopped"] is not None or log["unlogged_since"] is not None
    return Observed(tuple(models), log["change_log"] + log["pending"], log["most"], full)
