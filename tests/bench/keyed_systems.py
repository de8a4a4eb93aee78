"""Systems whose staleness is measured: `topics` and a feed, each under two declarations of the same debounce.

Processes load them by name, as `tests.bench.keyed_systems:EAGER_FEED`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from denorm_assets.model.index import Index
from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.refresh import Debounce, Debounced
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, System
from denorm_assets.systems.topics import SYSTEM as TOPICS

EAGER = Debounce(quiet=1, max_wait=1)
"""Promises `quiet` even to writers that never pause: with them the changes of a read model are never quiet."""
PATIENT = Debounce()
"""The default. With writers that never pause, `max_wait` is what it promises."""

FEED = System(
    "feed",
    "feed",
    (
        Phase(
            "phase_1",
            (
                ReadModel(
                    name="feed_projects",
                    definition=SqlFile(Path(__file__).parent / "sql" / "feed_projects.sql"),
                    key=("id",),
                    backfill=IdRanges("projects.id"),
                    indexes=(Index("user_id"), Index("votes DESC", "id DESC")),
                ),
            ),
        ),
    ),
)


def debounced(system: System, debounce: Debounce) -> System:
    """`system` with all its read models kept by drains alone."""
    phases = tuple(
        replace(phase, read_models=tuple(replace(m, refresh=Debounced(debounce)) for m in phase.read_models))
        for phase in system.phases
    )
    return replace(system, phases=phases)


EAGER_TOPICS, EAGER_FEED = debounced(TOPICS, EAGER), debounced(FEED, EAGER)
PATIENT_TOPICS, PATIENT_FEED = debounced(TOPICS, PATIENT), debounced(FEED, PATIENT)
SHIPPED_TOPICS, SHIPPED_FEED = TOPICS, PATIENT_FEED
"""As shipped, `topics` is kept in the writing transaction."""
