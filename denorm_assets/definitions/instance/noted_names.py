"""Asset keys as the code location has them, noted in the instance: a worker has neither translator nor `source_keys`.

They are noted where a database is opened for Dagster: by each sensor, run and check. So whoever reports to an instance
finds the keys that this instance shows.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

import dagster as dg

from denorm_assets.db.control.told import database_identity
from denorm_assets.db.postgres.database import Database
from denorm_assets.definitions.names import Names
from denorm_assets.definitions.translator import DenormAsset, DenormTranslator
from denorm_assets.errors import DenormError
from denorm_assets.model.system import System

_NOTED_AS = "denorm_names/{}/{}"
_AGAIN_SECONDS = 600.0
_LOOK_SECONDS = 2.0
"""Until keys are noted; after that, a code location that was deployed may have noted others."""
_LOOK_AGAIN_SECONDS = 30.0
_noted_at: WeakKeyDictionary[Names, float] = WeakKeyDictionary()


def note_names(names: Names, instance: dg.DagsterInstance, database: Database) -> None:
    """Note the keys of all assets in the instance; now and then, and where that is possible."""
    if time.monotonic() - _noted_at.get(names, -_AGAIN_SECONDS) < _AGAIN_SECONDS:
        return
    with suppress(DenormError):
        with database.session() as session:
            identity = database_identity(session)
        if identity is None:
            return
        notes = {_NOTED_AS.format(identity, system.name): _note(names, system) for system in names.systems}
        storage = instance.daemon_cursor_storage
        if storage.get_cursor_values({*notes}) != notes:
            storage.set_cursor_values(notes)
        _noted_at[names] = time.monotonic()


class NotedNames:
    """The names that the code location noted of some systems, for a process that has no code location."""

    def __init__(self, systems: Sequence[System], instance: dg.DagsterInstance, database: Database) -> None:
        """Nothing is looked up yet."""
        self._systems = systems
        self._instance = instance
        self._database = database
        self._notes: Mapping[str, str] = {}
        self._names: Names | None = None
        self._look_at = 0.0

    def look(self) -> Names | None:
        """The names as they are, or were half a minute ago; None while no code location has noted them."""
        if time.monotonic() < self._look_at:
            return self._names
        with self._database.session() as session:
            identity = database_identity(session)
        keys = [_NOTED_AS.format(identity, system.name) for system in self._systems]
        notes = self._instance.daemon_cursor_storage.get_cursor_values({*keys})
        if len(notes) == len(keys) and notes != self._notes:
            self._notes, self._names = notes, _recalled(self._systems, [json.loads(notes[key]) for key in keys])
        self._look_at = time.monotonic() + (_LOOK_SECONDS if self._names is None else _LOOK_AGAIN_SECONDS)
        return self._names


def _note(names: Names, system: System) -> str:
    tables = {str(table): names.given_key(system, table) for table in names.read_tables(system)}
    own = {key: asset for key, asset in names.assets.items() if asset.system is system}
    noted: dict[str, Any] = {
        "keys": {f"{asset.kind} {asset.name}": key.path for key, asset in own.items()},
        "sources": {table: key.path for table, key in tables.items() if key is not None},
        "left_out": sorted(
            [own[check.asset_key].kind, own[check.asset_key].name, check.name]
            for check in names.left_out
            if check.asset_key in own
        ),
    }
    return json.dumps(noted, sort_keys=True)


def _recalled(systems: Sequence[System], notes: Sequence[Mapping[str, Any]]) -> Names:
    sources = {table: dg.AssetKey(path) for note in notes for table, path in note["sources"].items()}
    by_system = {system.name: note for system, note in zip(systems, notes, strict=True)}
    return Names(systems, translator=_Recalled(by_system), source_keys=sources.get)


class _Recalled(DenormTranslator):
    """Says what the translator of the code location said. What is not noted is called as by default."""

    def __init__(self, notes: Mapping[str, Mapping[str, Any]]) -> None:
        self._notes = notes

    def get_asset_key(self, asset: DenormAsset) -> dg.AssetKey:
        """Its key."""
        path = self._notes[asset.system.name]["keys"].get(f"{asset.kind} {asset.name}")
        return asset.default_key if path is None else dg.AssetKey(path)

    def includes_check(self, asset: DenormAsset, check_name: str) -> bool:
        """Whether the code location has that check."""
        return [asset.kind, asset.name, check_name] not in self._notes[asset.system.name]["left_out"]
