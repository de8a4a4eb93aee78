"""Shipped systems at a size, loaded and live, kept between runs."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.sample_data import load_sample
from denorm_assets.model.system import System
from tests.bench.servers import bench_server
from tests.support.live import bring_up


@contextmanager
def prepared(system: System, scale: int) -> Generator[tuple[Database, str]]:
    """The database of `system` with a sample of `scale`, every read model live; and its URL."""
    with bench_server() as postgres:
        name = f"{system.name}_{scale}"
        postgres.ensure_database(name)
        database = Database(postgres.url(name), pool_size=10)
        load_sample(database, system, scale)
        bring_up(database, system)
        try:
            yield database, postgres.url(name)
        finally:
            database.close()
