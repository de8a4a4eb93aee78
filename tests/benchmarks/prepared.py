"""Shipped systems at a size, loaded and live, kept between runs."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from denorm_assets.db.example import load_sample
from denorm_assets.db.finishing import finish_model
from denorm_assets.db.loading import ModelLoader
from denorm_assets.db.refresh_now import refresh_now
from denorm_assets.db.schema_work import apply_system
from denorm_assets.db.session import Database
from denorm_assets.model.batches import BackfillOptions
from denorm_assets.model.system import System
from tests.benchmarks.servers import bench_server


@contextmanager
def prepared(system: System, scale: int) -> Generator[tuple[Database, str]]:
    """The database of `system` with a sample of `scale`, every read model live; and its URL."""
    with bench_server() as postgres:
        name = f"{system.name}_{scale}"
        postgres.ensure_database(name)
        database = Database(postgres.url(name), pool_size=10)
        load_sample(database, system, scale)
        apply_system(database, system, print)
        for model in system.read_models:
            if model.driving:
                list(ModelLoader(database, system, model, BackfillOptions(pause=0), print).load_ids(None, None))
                finish_model(database, system, model, print)
            else:
                refresh_now(database, system, model, print)
        try:
            yield database, postgres.url(name)
        finally:
            database.close()
