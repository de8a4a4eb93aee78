"""The short version of `make races`, without Dagster: the same writers, fewer seconds, the same demands."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from denorm_assets.db.capture.declared import model_capture
from denorm_assets.db.control.registry import registration
from denorm_assets.db.health.kept_fresh import kept_fresh
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.refresh.scheduler import Refresher
from tests.conftest import Server
from tests.stress.races import systems
from tests.stress.races.drivers import LOOKER, WORKER, ProcessDriver, process_environment
from tests.stress.races.race import Track
from tests.stress.races.systems import RACE, RACE_NOW
from tests.support.live import wrong_rows
from tests.support.unseen import unseen

SECONDS = 10.0


@pytest.fixture
def track(server: Server, database_url: str) -> Track:
    """Two systems, live."""
    made = Track(database_url, server.postgres.log, [RACE, RACE_NOW])
    made.go_live()
    return made


def test_race_with_killed_drivers_has_no_wrong_row_or_deadlock(track: Track, tmp_path: Path) -> None:
    references = [f"{systems.__name__}:RACE", f"{systems.__name__}:RACE_NOW"]
    environ = process_environment(tmp_path, track.url, references)
    drivers = [ProcessDriver("worker", WORKER, tmp_path, environ), ProcessDriver("looker", LOOKER, tmp_path, environ)]
    outcome = track.run(drivers, 4, SECONDS, "test", print)
    assert (outcome.deadlocks_logged, outcome.deadlocks_counted) == (0, 0)
    assert {schema: dict(found.failed) for schema, found in outcome.written.items()} == {"race": {}, "race_now": {}}
    assert all(found.committed.total() > 100 for found in outcome.written.values())
    assert (outcome.pending, outcome.quarantined) == (0, 0)
    assert set(outcome.wrong.values()) == {0}, outcome.wrong
    assert outcome.kills.total() >= 1
    assert outcome.refreshes["completed"] > 10

    # The comparison sees what no trigger saw.
    with track.connect() as connection:
        connection.execute(
            unseen("UPDATE race.entries SET score = score + 1000 WHERE id = (SELECT min(id) FROM race.entries)")
        )
    assert wrong_rows(track.url, RACE)["race/feed"] == 2


def look(database: Database) -> None:
    """What a driver does."""
    Refresher(database, [RACE]).look()


def check(database: Database) -> None:
    """What it reports after a refresh."""
    with database.session(RACE.schema) as session:
        for model in RACE.read_models:
            kept_fresh(session, model.name, registration(session, RACE, model), model_capture(session, RACE, model))


@pytest.mark.parametrize("work", [look, check])
@pytest.mark.parametrize("first", ["entry_tags", "topic_tags"])
def test_refresh_application_locking_sources_is_no_deadlock_victim(
    track: Track, first: str, work: Callable[[Database], None]
) -> None:
    second = {"entry_tags": "topic_tags", "topic_tags": "entry_tags"}[first]
    database = Database(track.url)
    with track.connect() as application:
        application.execute("UPDATE race.entry_tags SET tag_id = tag_id % 80 + 1 WHERE id < 20")
        application.execute("UPDATE race.topics SET name = name || '!'")
        with application.transaction():
            application.execute(f"LOCK TABLE race.{first} IN ACCESS EXCLUSIVE MODE".encode())
            working = threading.Thread(target=work, args=[database])
            working.start()
            # Longer than deadlock_timeout: we would have looked for a deadlock already, and the application found it.
            time.sleep(1.5)
            application.execute(f"LOCK TABLE race.{second} IN ACCESS EXCLUSIVE MODE".encode())
        working.join()
    deadline = time.monotonic() + 30
    while any(wrong_rows(track.url, RACE).values()) and time.monotonic() < deadline:
        look(database)
        time.sleep(0.1)
    database.close()
    assert not any(wrong_rows(track.url, RACE).values())
