"""The shipped system, loaded through the database layer."""

from __future__ import annotations

from denorm_assets.db.apply.create_tables import create_tables
from denorm_assets.db.backfill.loader import ModelLoader
from denorm_assets.db.postgres.database import Database
from denorm_assets.model.batches import BackfillOptions
from denorm_assets.systems.topics import SYSTEM


def test_backfill_shipped_topics_loads_and_compares_every_range(topics: Database) -> None:
    create_tables(topics, SYSTEM, SYSTEM.read_models)
    for model in SYSTEM.read_models:
        loader = ModelLoader(topics, SYSTEM, model, BackfillOptions(pause=0))
        results = list(loader.load_ids(None, None))
        assert {result.outcome for result in results} == {"done"}
        assert len(results) == len(loader.ranges)
        assert sum(result.row_count for result in results) > 1000
