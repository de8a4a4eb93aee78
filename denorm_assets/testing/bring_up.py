"""Bringing systems to life: applied, loaded, live."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import LiteralString, cast

import psycopg

from denorm_assets.db.apply.apply import apply_system
from denorm_assets.db.backfill.go_live import finish_model
from denorm_assets.db.backfill.loader import ModelLoader
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.refresh.refresh_now import refresh_now
from denorm_assets.db.refresh.refresh_order import in_refresh_order
from denorm_assets.model.batches import BackfillOptions
from denorm_assets.model.system import System

Sources = Path | str | Callable[[str], object]
"""What creates the sources: a file of SQL, SQL, or what is called with the database's URL."""
_WITHOUT_PAUSE = BackfillOptions(pause=0)
_OF_PSQL = ("\\restrict ", "\\unrestrict ")
"""pg_dump writes these commands of psql around its SQL."""


def create_sources(url: str, sources: Sources) -> None:
    """Create the application's tables in the database at `url`. Raises what PostgreSQL or the callable does."""
    if callable(sources):
        sources(url)
        return
    text = sources.read_text(encoding="utf-8") if isinstance(sources, Path) else sources
    lines = [line for line in text.splitlines() if not line.startswith(_OF_PSQL)]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(cast(LiteralString, "\n".join(lines)))


def bring_up(database: Database, *systems: System) -> None:
    """Apply the systems, load what is not loaded, and finish it; then every read model is live."""
    for system in systems:
        apply_system(database, system)
    for system, model in in_refresh_order(database, [(each, model) for each in systems for model in each.read_models]):
        if model.driving:
            list(ModelLoader(database, system, model, _WITHOUT_PAUSE).load_ids(None, None))
            finish_model(database, system, model)
        else:
            refresh_now(database, system, model)
