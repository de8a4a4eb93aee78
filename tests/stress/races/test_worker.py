"""The worker as a process: it waits out the quiet, outlives a restart of the server, and ends in order."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator
from pathlib import Path

import dagster as dg
import psycopg
import pytest

from denorm_assets.definitions.build import build_definitions
from denorm_assets.embedded.postgres import EmbeddedPostgres
from tests.bench.temporary_server import temporary_server
from tests.stress.races import systems
from tests.stress.races.drivers import WORKER, ProcessDriver, process_environment
from tests.stress.races.race import Track
from tests.stress.races.systems import RACE
from tests.support.sensors import evaluate

PATIENCE = 40.0


@pytest.fixture(scope="module")
def place() -> Generator[tuple[Path, EmbeddedPostgres, Track]]:
    """A server of our own that may be restarted, with a live system."""
    with temporary_server("denorm-worker-") as (home, postgres):
        postgres.ensure_database("denorm")
        track = Track(postgres.url("denorm"), postgres.log, [RACE])
        track.go_live()
        yield home, postgres, track


@pytest.fixture
def worker(place: tuple[Path, EmbeddedPostgres, Track]) -> Generator[ProcessDriver]:
    """A running worker that says that it lives."""
    home, _, track = place
    driver = ProcessDriver("worker", WORKER, home, process_environment(home, track.url, [f"{systems.__name__}:RACE"]))
    driver.log.unlink(missing_ok=True)
    driver.start()
    # Not only that one beats: a killed worker's last beat counts for a while.
    holder = f"process {driver.process.pid}"
    waited(lambda: rows(track, f"SELECT FROM denorm.worker WHERE holder LIKE '%{holder}'") != [], "it beats")
    yield driver
    driver.kill()


def rows(track: Track, query: str) -> list[tuple[object, ...]]:
    with track.connect() as connection:
        return connection.execute(query.encode()).fetchall()


def rescore(track: Track, score: int) -> None:
    """Give all entries of author 1 a score."""
    with track.connect() as connection:
        connection.execute("UPDATE race.entries SET score = %s WHERE author_id = 1", (score,))


def shows(track: Track, score: int) -> bool:
    query = f"SELECT scores = {score} * entries FROM race.author_scores WHERE author_id = 1"
    try:
        return rows(track, query) == [(True,)]
    except psycopg.OperationalError:
        return False


def waited(condition: Callable[[], bool], what: str) -> float:
    """Seconds until `condition` held; AssertionError naming `what` where it does not come to."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < PATIENCE, f"waited in vain until {what}"
        time.sleep(0.02)
    return time.monotonic() - began


def test_worker_refreshes_once_changes_are_quiet(
    place: tuple[Path, EmbeddedPostgres, Track], worker: ProcessDriver
) -> None:
    _, _, track = place
    rescore(track, 11)
    seconds = waited(lambda: shows(track, 11), "the change shows")
    # Declared: quiet for 1 s.
    assert seconds >= 0.9
    assert worker.process.poll() is None


def test_worker_server_restart_is_survived(place: tuple[Path, EmbeddedPostgres, Track], worker: ProcessDriver) -> None:
    _, postgres, track = place
    postgres.stop()
    waited(lambda: "Trying again in" in worker.log.read_text(), "the worker says that it lost the server")
    postgres.start()
    rescore(track, 12)
    waited(lambda: shows(track, 12), "the change shows")
    assert worker.process.poll() is None
    assert "Traceback" not in worker.log.read_text()


def test_worker_asked_to_stop_deregisters_and_exits_0(
    place: tuple[Path, EmbeddedPostgres, Track], worker: ProcessDriver
) -> None:
    _, _, track = place
    assert worker.stop() == 0
    assert rows(track, "SELECT FROM denorm.worker") == []
    assert "Traceback" not in worker.log.read_text()


@pytest.mark.long
def test_sensor_skips_while_worker_heartbeats_then_takes_over(
    place: tuple[Path, EmbeddedPostgres, Track], worker: ProcessDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, _, track = place
    for name in [name for name in os.environ if name.startswith(("DENORM_", "DAGSTER_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DENORM_HOME", str(home))
    monkeypatch.setenv("DENORM_DATABASE_URL", track.url)
    with dg.DagsterInstance.ephemeral() as instance:
        said = tick(instance)
        assert said.startswith("the worker (")
        assert said.endswith(f" process {worker.process.pid}) refreshes; this sensor stands back while it does")
        worker.kill()
        rescore(track, 13)
        waited(lambda: "refreshed, " in tick(instance), "the sensor refreshes")
        waited(lambda: not tick(instance).startswith("the worker") and shows(track, 13), "the change shows")
        event = instance.get_latest_materialization_event(dg.AssetKey(["race", "author_scores"]))
        assert event is not None


def tick(instance: dg.DagsterInstance) -> str:
    """What the sensor says that it did, or what it waits for."""
    definitions = build_definitions([RACE])
    result = evaluate(definitions, "denorm_refresh", instance)
    assert isinstance(result, dg.SkipReason), result
    return result.skip_message or ""
