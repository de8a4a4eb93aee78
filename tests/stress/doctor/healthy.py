"""False alarms: what the doctor says of the shipped systems, where everything is well."""

from __future__ import annotations

from collections.abc import Sequence

from denorm_assets.db.doctor.examine import examine
from denorm_assets.db.doctor.finding import Trouble
from denorm_assets.db.doctor.patient import BoundedDatabase
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.sample_data import load_sample
from denorm_assets.model.system import System
from denorm_assets.systems.gallery import SYSTEM as GALLERY
from denorm_assets.systems.notebooks import SYSTEM as NOTEBOOKS
from denorm_assets.systems.social import SYSTEM as SOCIAL
from denorm_assets.systems.topics import SYSTEM as TOPICS
from tests.support.live import bring_up

SHIPPED = (TOPICS, SOCIAL, GALLERY, NOTEBOOKS)
_SCALES = {"topics": 300, "social": 200, "gallery": 100, "notebooks": 100}
"""Rows of each system's main table."""


def alarms(url: str, systems: Sequence[System]) -> list[Trouble]:
    """What the doctor tells of an empty database, once these systems have their tables, and once they are live."""
    found: list[Trouble] = []
    database = Database(url)
    for system in systems:
        load_sample(database, system, _SCALES[system.name])
    found += _told(url, systems)
    for system in systems:
        bring_up(database, system)
    found += _told(url, systems)
    database.close()
    return found


def _told(url: str, systems: Sequence[System]) -> list[Trouble]:
    database = BoundedDatabase(url)
    try:
        return [trouble for trouble in examine(database, systems).troubles if trouble.needs_doing]
    finally:
        database.close()
