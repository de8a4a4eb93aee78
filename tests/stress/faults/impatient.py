"""An operator who does not wait for `apply` to be done: loads, refreshes, and so tries to bring read models to life."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg

from denorm_assets.db.backfill.go_live import finish_model
from denorm_assets.db.backfill.loader import ModelLoader
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.refresh.refresh_now import refresh_now
from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.errors import DenormError
from denorm_assets.model.batches import BackfillOptions
from denorm_assets.model.system import System

READS = {
    "named": ("items", "owners"),
    "both": ("items", "notes"),
    "totals": ("items",),
    "ranks": ("items",),
    "counts": ("items",),
    "extra": ("notes",),
}
"""Which tables every version of each read model and cache reads, written down by hand."""
_MEMBERS = {"notes": ("notes", "old_notes", "new_notes")}
_EVENTS = ("insert", "update", "delete", "truncate")


def drive(database: Database, system: System, write: Callable[[], None]) -> None:
    """Try everything that makes a read model live, and refresh; `write` is called in between."""
    for model in system.read_models:
        with suppress(DenormError, psycopg.Error):
            if model.driving:
                list(ModelLoader(database, system, model, BackfillOptions(pause=0)).load_ids(None, None))
                write()
                finish_model(database, system, model)
            else:
                refresh_now(database, system, model)
        write()
    with suppress(DenormError, psycopg.Error):
        Refresher(database, [system]).look()


def uncaptured(url: str) -> list[str]:
    """Live read models and caches on whose sources anything of capture is missing; asks the catalog and nobody else."""
    with psycopg.connect(url, autocommit=True) as connection:
        if connection.execute("SELECT to_regclass('denorm.read_model')").fetchone() == (None,):
            return []
        live = connection.execute("SELECT id, name FROM denorm.read_model WHERE state = 'live'").fetchall()
        return [
            f"{name} on {source}"
            for model_id, name in live
            for source in READS[name]
            if not _captures(connection, model_id, source)
        ]


def _captures(connection: psycopg.Connection[tuple[Any, ...]], model_id: int, source: str) -> bool:
    members = _MEMBERS.get(source, (source,))
    triggers = connection.execute(
        "SELECT count(*) FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid"
        " WHERE c.relname = ANY (%s) AND t.tgname = ANY (%s) AND t.tgenabled = 'O'",
        [list(members), [f"trg_denorm_{event}" for event in _EVENTS]],
    ).fetchone()
    dependencies = connection.execute(
        "SELECT count(*) FROM denorm.dependency AS d JOIN denorm.source AS s ON s.id = d.source_id"
        " WHERE d.model_id = %s AND s.table_name = %s",
        [model_id, source],
    ).fetchone()
    return triggers == (len(_EVENTS) * len(members),) and dependencies == (1,)
