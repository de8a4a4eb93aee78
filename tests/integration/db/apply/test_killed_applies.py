"""`apply` killed at each statement: an impatient operator then brings nothing to life without capture.

Statements between two commits leave the same behind, so that one kill stands for all of them. `make faults ONLY=schema`
kills at random, and read models of every kind.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg.pq import TransactionStatus

from denorm_assets.db.apply.apply import apply_system
from denorm_assets.db.apply.catalog_drift import catalog_check
from denorm_assets.db.capture.declared import model_capture
from denorm_assets.db.changes.drain import drain
from denorm_assets.db.changes.refresh_log import refresh_at_once
from denorm_assets.db.control.registry import Registration, registrations
from denorm_assets.db.health.kept_fresh import kept_fresh
from denorm_assets.db.health.monitoring import monitor
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.session import Session
from denorm_assets.db.refresh.full_refresh import refresh_whole_view
from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import Phase, System
from denorm_assets.sql.control import query
from denorm_assets.sql.versions import code_version
from tests.stress.faults.impatient import drive, uncaptured
from tests.stress.faults.schema_system import TABLES, versions
from tests.support.killing import killed_at, watched_statements
from tests.support.live import bring_up, pending_of_models, wrong_rows
from tests.support.sampling import STATEMENTS_PER_KILL

WRITES = (
    "UPDATE shop.items SET owner = {n} % 20 + 1, price = {n} WHERE id % 7 = {n} % 7",
    "UPDATE shop.owners SET name = 'owner at {n}' WHERE id % 5 = {n} % 5",
    "INSERT INTO shop.items VALUES (100000 + {n}, {n} % 20 + 1, 3, 'new')",
    "INSERT INTO shop.notes VALUES (100000 + {n}, {n} % 20 + 1, 3, 'new'), (1000 + {n}, 1, 3, 'new')",
    "DELETE FROM shop.notes WHERE id = {n}",
    "DELETE FROM shop.items WHERE id = {n} + 20",
)
_numbers = itertools.count(1)
# What every commit of ours leaves behind.
CATALOG = """
SELECT md5(string_agg(left_behind, ' ' ORDER BY left_behind)) FROM (
    SELECT concat(c.oid, c.relname, c.relkind, c.relnatts, i.indisvalid, d.description) AS left_behind
    FROM pg_class AS c
    LEFT JOIN pg_index AS i ON i.indexrelid = c.oid
    LEFT JOIN pg_description AS d ON d.objoid = c.oid AND d.objsubid = 0 AND d.classoid = 'pg_class'::regclass
    WHERE c.relnamespace IN (to_regnamespace('shop'), to_regnamespace('denorm'))
    UNION ALL SELECT concat(oid, xmin) FROM pg_trigger
    UNION ALL SELECT concat(oid, xmin) FROM pg_constraint
    UNION ALL SELECT concat(oid, xmin) FROM pg_proc WHERE pronamespace = to_regnamespace('denorm')
) AS found
"""
CONTROL = """
SELECT concat((SELECT string_agg(concat(ctid, xmin), ' ') FROM denorm.source),
    (SELECT string_agg(concat(ctid, xmin), ' ') FROM denorm.dependency),
    (SELECT string_agg(concat(ctid, xmin), ' ') FROM denorm.read_model),
    (SELECT string_agg(concat(ctid, xmin), ' ') FROM denorm.range_progress),
    (SELECT string_agg(concat(ctid, xmin), ' ') FROM denorm.pending))
"""


@dataclass
class Shop:
    """A database with the shop, and the versions of its system."""

    url: str
    versions: dict[str, System]

    def write(self) -> None:
        """The application writes to every source."""
        number = next(_numbers)
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in WRITES:
                connection.execute(statement.format(n=number).encode())

    def apply(self, version: str) -> None:
        """One process that applies a version."""
        database = Database(self.url)
        try:
            apply_system(database, self.versions[version])
        finally:
            database.close()

    def bring_up(self, version: str) -> None:
        """Apply a version, load it and catch up."""
        database = Database(self.url)
        bring_up(database, self.versions[version])
        _catch_up(database, self.url, self.versions[version])
        database.close()

    def drive(self, version: str) -> None:
        """Whatever an impatient operator tries, the application writing meanwhile."""
        database = Database(self.url)
        drive(database, self.versions[version], self.write)
        database.close()

    def wrong(self) -> dict[str, int]:
        """Live read models, and how many of their rows are wrong once what is pending was refreshed."""
        database = Database(self.url)
        wrong: dict[str, int] = {}
        for system in self.versions.values():
            with database.session(system.schema) as session:
                found = registrations(session, system)
                models = [model for model in system.read_models if _serves(system, model, found)]
                for model in models:
                    _drain(session, describe(session, system, model), found[model.name].model_id)
            wrong |= {name: rows for name, rows in wrong_rows(self.url, system, models).items() if rows}
        database.close()
        return wrong

    def failing(self, version: str) -> list[str]:
        """What checks say."""
        system = self.versions[version]
        database = Database(self.url)
        with database.session(system.schema) as session:
            found = registrations(session, system)
            results = [
                *(
                    kept_fresh(session, model.name, found[model.name], model_capture(session, system, model))
                    for model in system.read_models
                ),
                *(catalog_check(session, system, phase) for phase in system.phases),
                *(each for each in monitor(session, system) if each.name == "queue"),
            ]
        database.close()
        return [f"{each.name} of {each.model}: {each.summary}" for each in results if not each.passed]


def _serves(system: System, model: ReadModel, found: Mapping[str, Registration]) -> bool:
    registered = found.get(model.name)
    return registered is not None and (registered.state, registered.code_version) == (
        "live",
        code_version(system, model),
    )


def _drain(session: Session, described: DescribedModel, model_id: int) -> None:
    """Do what capture asks for, and no more."""
    session.one(query("drains", "dispatch"))
    if not described.model.is_view:
        refresh_at_once(session, described, model_id, drain)
    elif session.one(query("drains", "stale", model_id=model_id))["everything"]:
        refresh_at_once(session, described, model_id, refresh_whole_view)


def _catch_up(database: Database, url: str, system: System) -> None:
    """Refresh until nothing that is live waits."""
    for _ in range(5):
        Refresher(database, [system]).look()
        if not pending_of_models(url):
            return


def _moments(shop: Shop, monkeypatch: pytest.MonkeyPatch, version: str) -> list[int]:
    """The statements of an apply before which something was left behind that was not there before."""
    moments: list[int] = []
    seen: set[str] = set()
    numbers = itertools.count(1)
    with psycopg.connect(shop.url, autocommit=True) as other:

        def look(session: Session) -> None:
            number = next(numbers)
            if session.connection.info.transaction_status is not TransactionStatus.IDLE:
                return
            [(left,)] = other.execute(CATALOG.encode()).fetchall()
            if other.execute("SELECT to_regclass('denorm.read_model')").fetchone() != (None,):
                left += str(other.execute(CONTROL.encode()).fetchone())
            if left not in seen:
                seen.add(left)
                moments.append(number)

        with watched_statements(monkeypatch, look):
            shop.apply(version)
    return moments


def two_versions(folder: Path) -> dict[str, System]:
    """Read models of each kind and a cache, which share a source; and a version that alters each in its own way."""
    found = versions(folder)

    def made_of(**models: str) -> System:
        chosen = tuple(found[version].read_model(name) for name, version in models.items())
        return System("shop", "shop", (Phase("phase_1", chosen),), caches=found[models["totals"]].caches)

    return {
        "old": made_of(named="plain", totals="plain", ranks="plain"),
        # Rebuilt in place, with one more source, which is partitioned, and replaced.
        "new": made_of(named="wider", totals="extended", ranks="wider"),
    }


@pytest.mark.long
@pytest.mark.parametrize("before", [None, "old"], ids=["first apply", "changed definitions"])
def test_apply_killed_at_each_statement_goes_live_only_with_capture(
    new_database: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str | None
) -> None:
    template = Shop(new_database("template0"), two_versions(tmp_path))
    with psycopg.connect(template.url, autocommit=True) as connection:
        connection.execute(TABLES.format(rows=200).encode())
    if before is not None:
        template.bring_up(before)

    def clone() -> Shop:
        return Shop(new_database(template.url.rpartition("/")[2].partition("?")[0]), template.versions)

    moments = _moments(clone(), monkeypatch, "new")
    assert len(moments) > 5
    moments = moments[::STATEMENTS_PER_KILL]
    for number in moments:
        shop = clone()
        assert killed_at(shop.url, monkeypatch, lambda shop=shop: shop.apply("new"), number)
        for version in (before, "new"):
            if version is not None:
                shop.drive(version)
                assert uncaptured(shop.url) == [], f"killed at {number}, driven by {version}"
                assert shop.wrong() == {}, f"killed at {number}, driven by {version}"
        shop.write()
        shop.bring_up("new")
        assert shop.wrong() == {}, f"killed at {number}"
        assert shop.failing("new") == [], f"killed at {number}"
