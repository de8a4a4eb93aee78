"""Showing in Dagster what PostgreSQL has recorded and no run did: what the shell applied, loaded, refreshed, compared.

Nothing is loaded or compared for it. Each event has a tag that says what it shows, so that nothing is shown twice, also
where a tick is killed. While PostgreSQL records nothing new, a tick costs one statement there.
"""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from uuid import uuid4

import dagster as dg

from denorm_assets.db.control.registry import registrations
from denorm_assets.db.control.told import fingerprints
from denorm_assets.db.postgres.database import Database
from denorm_assets.definitions.names import Names
from denorm_assets.definitions.sensors.recorded_model import ShowingModel
from denorm_assets.definitions.sensors.recorded_phases import show_phases, show_range_sets
from denorm_assets.errors import DenormError
from denorm_assets.model.system import System
from denorm_assets.sql.analysis.reading_order import models_in_order
from denorm_assets.sql.automatic import is_registered
from denorm_assets.sql.control import query

_INSTANCE = "denorm_instance"
"""As what an instance keeps which one it is."""
_ALL_AGAIN_SECONDS = 3_600.0
"""Now and then everything is looked at, whatever is known: somebody may have wiped events."""
_PHASES_AGAIN_SECONDS = 300.0
"""Where a phase is not done yet, which nothing recorded tells."""
_OVERLAP = timedelta(minutes=10)
"""What was done so shortly before a look may have been committed after it."""


@dataclass(frozen=True)
class _Seen:
    """What was shown of a read model: all that made up `fingerprint`, at `now` of PostgreSQL."""

    fingerprint: str
    now: datetime
    until: float


class Recorded:
    """What is recorded of the systems of one database, and shown already: kept from tick to tick."""

    def __init__(self, names: Names) -> None:
        """Nothing is known to be shown."""
        self._names = names
        self._instance = ""
        self._seen: dict[tuple[str, str], _Seen] = {}
        self._phases_again: dict[str, float] = {}

    def show(self, database: Database, system: System, instance: dg.DagsterInstance, until: float) -> list[str]:
        """Show what is new of `system`; says what was shown. After `until` nothing is begun: the next call goes on."""
        self._forget_other_than(instance)
        with database.session(system.schema) as session:
            found = fingerprints(session, system)
            new = {name for name, fingerprint in found.items() if not self._is_seen(system, name, fingerprint)}
            if not new and time.monotonic() < self._phases_again.get(system.name, inf):
                return []
            now: datetime = session.one(query("models", "now"))["now"]
            held = registrations(session, system)
        registered = {
            model.name: held[model.name]
            for model in system.read_models
            if model.name in held and is_registered(system, model, held[model.name].code_version)
        }
        said, done = show_phases(self._names, database, system, registered, instance)
        self._phases_again[system.name] = inf if done else time.monotonic() + _PHASES_AGAIN_SECONDS
        show_range_sets(self._names, database, system, registered, instance)
        # Of another version than the declared one, nothing is shown.
        shown = new - registered.keys()
        for model in models_in_order(system):
            if model.name not in new & registered.keys() or time.monotonic() > until:
                continue
            seen = self._seen.get((system.name, model.name))
            since = None if seen is None or time.monotonic() > seen.until else seen.now - _OVERLAP
            showing = ShowingModel(self._names, database, system, model, registered[model.name], instance, until)
            try:
                said += showing.all_since(since)
            except DenormError as error:
                said.append(str(error))
                continue
            shown |= {model.name} if showing.complete else set()
        for name in shown:
            self._seen[system.name, name] = _Seen(found[name], now, time.monotonic() + _ALL_AGAIN_SECONDS)
        return said

    def _is_seen(self, system: System, name: str, fingerprint: str) -> bool:
        seen = self._seen.get((system.name, name))
        return seen is not None and seen.fingerprint == fingerprint and time.monotonic() < seen.until

    def _forget_other_than(self, instance: dg.DagsterInstance) -> None:
        """Know nothing of another instance; each tick opens its own anew."""
        storage = instance.daemon_cursor_storage
        identity = storage.get_cursor_values({_INSTANCE}).get(_INSTANCE)
        if identity is None:
            identity = uuid4().hex
            storage.set_cursor_values({_INSTANCE: identity})
        if identity != self._instance:
            self._instance = identity
            self._seen.clear()
            self._phases_again.clear()
