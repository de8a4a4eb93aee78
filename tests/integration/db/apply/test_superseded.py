"""Two releases at once: whoever has an earlier declaration says so, writes nothing down, and stands aside."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from denorm_assets.db.apply.apply import apply_system
from denorm_assets.db.control.declarations import require_not_superseded, superseded
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.refresh.refresh_now import refresh_now
from denorm_assets.errors import Superseded
from denorm_assets.model.index import Index
from denorm_assets.model.system import System
from tests.stress.races.drivers import WORKER, ProcessDriver, process_environment
from tests.support import case as support
from tests.support.live import AGREED, bring_up, wrong_rows
from tests.support.releases import release
from tests.support.shell import Outcome, Shell

PATIENCE = 120.0
"""A process takes seconds to start, and on a busy machine many."""
TABLES = """
CREATE SCHEMA shop;
CREATE TABLE shop.items (id bigint PRIMARY KEY, n int NOT NULL);
INSERT INTO shop.items SELECT n, n % 9 FROM generate_series(1, 50) AS n;
"""
OLD_TEXT = "SELECT id, n AS amount FROM items"
NEW_TEXT = "SELECT id, n * 2 AS amount FROM items"
MODULE = """
from pathlib import Path
from tests.support.releases import release
OLD = release(Path({folder!r}), "old")
NEW = release(Path({folder!r}), "new")
"""


def wait_for(condition: Callable[[], bool], what: str) -> None:
    support.wait_for(condition, what, PATIENCE)


class Place:
    """A database, and both releases."""

    def __init__(self, home: Path, url: str) -> None:
        self.home, self.url = home, url
        (home / "old.sql").write_text(OLD_TEXT)
        (home / "new.sql").write_text(NEW_TEXT)
        (home / "releases.py").write_text(MODULE.format(folder=str(home)))
        self.old, self.new = release(home, "old"), release(home, "new")
        self.database = Database(url)
        self.run(TABLES)
        bring_up(self.database, self.old)

    def run(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode())

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(query.encode()).fetchall()

    def apply(self, system: System) -> None:
        apply_system(self.database, system, AGREED)

    def names(self, system: System) -> set[str]:
        """The systems that a process with this declaration leaves alone."""
        with self.database.session() as session:
            return set(superseded(session, [system]))


@pytest.fixture
def place(tmp_path: Path, database_url: str) -> Generator[Place]:
    place = Place(tmp_path, database_url)
    yield place
    place.database.close()


@pytest.fixture
def worker(place: Place) -> Generator[Callable[[str], ProcessDriver]]:
    """Starts the worker process of a release."""
    started: list[ProcessDriver] = []

    def start(name: str) -> ProcessDriver:
        environ = process_environment(place.home, place.url, [f"releases:{name}"])
        environ["PYTHONPATH"] = f"{place.home}:{environ['PYTHONPATH']}"
        driver = ProcessDriver(name, WORKER, place.home, environ)
        driver.start()
        started.append(driver)
        return driver

    yield start
    for driver in started:
        driver.kill()


@pytest.fixture
def shell(place: Place, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Runs a command as the operator of a release does."""
    monkeypatch.setenv("DENORM_DATABASE_URL", place.url)
    monkeypatch.setenv("DENORM_HOME", str(place.home))
    monkeypatch.setattr(sys, "path", [str(place.home), *sys.path])
    monkeypatch.delitem(sys.modules, "releases", raising=False)
    run = Shell(place.url, monkeypatch, capfd)

    def of_release(name: str, *words: str) -> Outcome:
        return run(*words, "--systems", f"releases:{name}")

    return of_release


def test_worker_superseded_stops_and_new_worker_refreshes(place: Place, worker: Callable[[str], ProcessDriver]) -> None:
    old = worker("OLD")
    wait_for(lambda: bool(place.rows("SELECT FROM denorm.worker")), "the old worker's heartbeat")
    place.apply(place.new)
    wait_for(lambda: "superseded" in old.log.read_text(), "the old worker to say that it is superseded")
    assert place.rows("SELECT FROM denorm.worker") == [], "nobody counts on it"
    place.run("UPDATE shop.items SET n = 100 WHERE id = 7")
    new = worker("NEW")
    wait_for(lambda: place.rows("SELECT amount FROM shop.amounts WHERE id = 7") == [(200,)], "the change to show")
    assert place.rows("SELECT count(*) FROM denorm.refresh WHERE status = 'failed'") == [(0,)]
    [(holder,)] = place.rows("SELECT holder FROM denorm.worker")
    assert str(holder).endswith(f"process {new.process.pid}")
    place.run("UPDATE shop.items SET n = n + 1")
    wait_for(lambda: wrong_rows(place.url, place.new) == {"shop/amounts": 0}, "all changes to show")
    assert place.rows("SELECT count(*) FROM denorm.refresh WHERE status = 'failed'") == [(0,)]
    assert old.log.read_text().count("event=superseded") == 1
    assert old.stop() == 0
    assert new.stop() == 0


def test_worker_superseded_resumes_when_its_declaration_returns(
    place: Place, worker: Callable[[str], ProcessDriver]
) -> None:
    old = worker("OLD")
    wait_for(lambda: bool(place.rows("SELECT FROM denorm.worker")), "the old worker's heartbeat")
    place.apply(place.new)
    wait_for(lambda: place.rows("SELECT FROM denorm.worker") == [], "the old worker to stand aside")
    place.apply(place.old)
    place.run("UPDATE shop.items SET n = 100 WHERE id = 7")
    wait_for(lambda: place.rows("SELECT amount FROM shop.amounts WHERE id = 7") == [(100,)], "the change to show")
    assert "it goes on" in old.log.read_text()


def test_superseded_names_system_only_after_later_apply(place: Place) -> None:
    assert place.names(place.new) == place.names(place.old) == set()
    place.apply(place.new)
    assert place.names(place.old) == {"shop"}
    assert place.names(place.new) == set()


def test_apply_same_declaration_again_records_nothing(place: Place) -> None:
    declared = "SELECT version, number, applied_at FROM denorm.declaration ORDER BY number"
    before = place.rows(declared)
    place.apply(place.old)
    assert place.rows(declared) == before
    place.apply(place.new)
    place.apply(place.new)
    assert len(place.rows(declared)) == 2


def test_commands_superseded_declaration_say_so_and_change_nothing(place: Place, shell: Callable[..., Outcome]) -> None:
    place.apply(place.new)
    for words in (("plan",), ("apply",), ("refresh",), ("backfill", "shop", "--again"), ("reconcile",)):
        said = shell("OLD", *words)
        assert "superseded: a later declaration of shop" in said.err, (words, said)
        assert said.status in (1, 2), words
    assert place.rows("SELECT count(*) FROM denorm.refresh WHERE status = 'failed'") == [(0,)]
    assert wrong_rows(place.url, place.new) == {"shop/amounts": 0}


def test_refresh_unmigrated_control_schema_asks_for_apply(place: Place, shell: Callable[..., Outcome]) -> None:
    # As migration 034 left it.
    place.run(
        "ALTER TABLE denorm.read_model DROP blocks, DROP partials_of; DROP TABLE denorm.partial;"
        "DELETE FROM denorm.migration WHERE version = 35"
    )
    said = shell("NEW", "refresh")
    assert "Run `denorm-assets apply` first" in said.err, said
    assert shell("NEW", "apply").status == 0
    assert wrong_rows(place.url, place.new) == {"shop/amounts": 0}


def test_apply_back_returns_to_earlier_declaration(place: Place, shell: Callable[..., Outcome]) -> None:
    place.apply(place.new)
    said = shell("OLD", "apply", "--back")
    assert said.status == 0, said.err
    assert wrong_rows(place.url, place.old) == {"shop/amounts": 0}
    assert place.names(place.new) == {"shop"}


def test_superseded_by_indexes_alone_stops_apply_but_no_worker(place: Place) -> None:
    [phase] = place.old.phases
    [model] = phase.read_models
    indexed = replace(place.old, phases=(replace(phase, read_models=(replace(model, indexes=(Index("amount"),)),)),))
    place.apply(indexed)
    assert place.names(place.old) == set()
    refresh_now(place.database, place.old, model)
    with place.database.session() as session, pytest.raises(Superseded, match="apply --back"):
        require_not_superseded(session, place.old)
