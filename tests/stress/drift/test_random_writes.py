"""The short version of `make drift`: random writes on every source table of a shipped system, then nothing differs."""

from __future__ import annotations

import psycopg
import pytest

from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.sample_data import load_sample
from denorm_assets.db.refresh.refresh_now import refresh_now
from denorm_assets.model.system import System
from denorm_assets.systems.selection import load_systems
from tests.stress.drift.random_writes import RandomWrites, Written, write_one
from tests.support.live import bring_up, wrong_rows
from tests.support.shipped import SHIPPED_SYSTEMS

WRITES = 250
SCALE = 60


@pytest.mark.long
@pytest.mark.parametrize("system", load_systems(SHIPPED_SYSTEMS), ids=lambda system: system.name)
def test_refresh_random_writes_on_all_sources_leave_no_difference(database_url: str, system: System) -> None:
    database = Database(database_url)
    load_sample(database, system, SCALE)
    bring_up(database, system)
    written = Written()
    with psycopg.connect(database_url) as connection:
        writes = RandomWrites(system, "seed", connection)
        for _ in range(WRITES):
            write_one(connection, writes, written)
    assert system.example is not None
    touched = {what.split(" ", 1)[1] for what in written.committed}
    assert touched == {table.fullname for table in system.example.tables}
    assert written.committed.total() > WRITES / 2, written
    for model in system.read_models:
        refresh_now(database, system, model)
    wrong = wrong_rows(database_url, system)
    database.close()
    assert wrong == dict.fromkeys(wrong, 0)
    assert wrong
