"""`rename` while others are at work: killed, among writers, beside a worker, a backfill or a role with few rights."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count

import psycopg
import pytest
from psycopg import errors as pg

from denorm_assets import Debounce, Debounced, Full, IdRanges, Index, ReadModel, Realtime, System
from denorm_assets.db.apply.catalog_drift import system_objects
from denorm_assets.db.apply.renaming.rename import plan_rename, rename
from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.db.control.locks import drain_lock, held
from denorm_assets.db.control.registry import registrations
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.errors import DenormError, LockHeld, MissingPrivilege
from tests.conftest import Server
from tests.support.case import as_role, pooled, wait_for
from tests.support.killing import killed_at_each_statement
from tests.support.live import bring_up, pending, wrong_rows
from tests.support.pooler import running_pgbouncer

TABLES = """
CREATE SCHEMA shop; CREATE SCHEMA views;
CREATE TABLE shop.owners (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE shop.items (id bigint PRIMARY KEY, owner int NOT NULL, price int NOT NULL);
INSERT INTO shop.owners SELECT n, 'owner ' || n FROM generate_series(0, 19) AS n;
INSERT INTO shop.items SELECT n, n % 20, n % 7 FROM generate_series(1, 2000) AS n;
"""
WRITES = (
    "UPDATE shop.items SET owner = {n} % 20, price = {n} WHERE id % 70 = {n} % 70",
    "UPDATE shop.owners SET name = 'owner at {n}' WHERE id = {n} % 20",
    "INSERT INTO shop.items VALUES (100000 + {n}, {n} % 20, 3)",
    "DELETE FROM shop.items WHERE id = {n} + 20",
)
REGISTERED = """
SELECT c.oid::text, c.relname, n.nspname, obj_description(c.oid, 'pg_class')
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname IN ('shop', 'views')
UNION ALL SELECT k.oid::text, k.conname, '', '' FROM pg_constraint AS k WHERE connamespace = 'shop'::regnamespace
UNION ALL SELECT to_jsonb(t)::text, '', '', '' FROM denorm.read_model AS t
UNION ALL SELECT to_jsonb(t)::text, '', '', '' FROM denorm.source AS t
UNION ALL SELECT to_jsonb(t)::text, '', '', '' FROM denorm.dependency AS t
UNION ALL SELECT to_jsonb(t)::text, '', '', '' FROM denorm.id_range AS t
UNION ALL SELECT to_jsonb(t)::text, '', '', '' FROM denorm.range_progress AS t
UNION ALL SELECT to_jsonb(t)::text, '', '', '' FROM denorm.declaration AS t
ORDER BY 1, 2
"""
NOW = Debounce(quiet=0, max_wait=0)
PAIR = [("shop/offers", "shop/deals")]


def shop(offers: str = "offers", *, schema: str = "shop", name: str = "shop") -> System:
    """The system, with the name of the read model that is renamed; three others read it."""
    table = f"{schema}.{offers}"
    return System(
        name,
        schema,
        read_models=(
            ReadModel(
                offers,
                "SELECT i.id, i.owner, o.name, i.price FROM shop.items AS i JOIN shop.owners AS o ON o.id = i.owner",
                ("id",),
                IdRanges("shop.items.id"),
                Realtime(NOW),
                indexes=(Index("owner"), Index("price DESC", "id")),
            ),
            ReadModel(
                "totals",
                f"SELECT owner, sum(price) AS total FROM {table} GROUP BY owner",
                ("owner",),
                refresh=Debounced(NOW),
            ),
            ReadModel(
                "cheap", f"SELECT id FROM {table} WHERE price < 3", ("id",), IdRanges(f"{table}.id"), Realtime(NOW)
            ),
            ReadModel(
                "ranked",
                f"SELECT id, rank() OVER (ORDER BY price, id) AS place FROM {table}",
                ("id",),
                refresh=Full(NOW),
            ),
        ),
    )


@dataclass
class Place:
    """A database in which the shop is live.

    Attributes:
        url: where the application connects to.
        ours: where we do.
    """

    url: str
    ours: str
    database: Database
    numbers: count[int] = field(default_factory=lambda: count(1))

    def write(self) -> None:
        """The application writes to every source."""
        number = next(self.numbers)
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in WRITES:
                connection.execute(statement.format(n=number).encode())

    def rename(self, system: System | None = None) -> None:
        """One process that renames."""
        database = Database(self.ours)
        try:
            rename(database, [system or shop("deals")], PAIR)
        finally:
            database.close()

    def names(self) -> set[str]:
        """The read models that are registered."""
        with self.database.session() as session:
            return {*registrations(session, shop())}

    def registered(self) -> list[tuple[object, ...]]:
        """All that a rename changes, and who changed it last."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(REGISTERED).fetchall()

    def assert_nothing_to_do(self, system: System) -> None:
        """The database is as it is declared, in every object."""
        assert [str(step) for step in plan_system(self.database, system).steps if step.action != "keep"] == []
        with self.database.session(system.schema) as session:
            assert [found for found in system_objects(session, system) if found.state != "installed"] == []

    def drain(self, system: System) -> None:
        """Refresh until nothing is pending."""
        refresher = Refresher(self.database, [system])

        def drained() -> bool:
            assert [found.error for found in refresher.look() if found.error is not None] == []
            return pending(self.url) == 0

        wait_for(drained, "all changes to be refreshed")


@pytest.fixture
def place(new_database: Callable[[], str]) -> Generator[Place]:
    url = new_database()
    yield from _brought_up(url, url)


@pytest.fixture
def behind(new_database: Callable[[], str], server: Server) -> Generator[Place]:
    """The same, with PgBouncer in transaction mode before us."""
    url = new_database()
    with running_pgbouncer(server) as pooler:
        yield from _brought_up(url, pooler.url(url))


def _brought_up(url: str, ours: str) -> Generator[Place]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(TABLES.encode())
    made = Place(url, ours, pooled(ours))
    bring_up(made.database, shop())
    made.drain(shop())
    yield made
    made.database.close()


@pytest.mark.long
def test_rename_killed_at_each_statement_leaves_old_or_new_whole(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    before, kills = place.registered(), 0
    # It commits once, so that few kills are enough in a sample.
    for _ in killed_at_each_statement(place.url, monkeypatch, place.rename, every=5):
        place.write()
        if place.registered() != before:
            break
        kills += 1
    assert kills > 5
    place.rename()
    assert place.names() == {"deals", "totals", "cheap", "ranked"}
    place.drain(shop("deals"))
    assert {found: rows for found, rows in wrong_rows(place.url, shop("deals")).items() if rows} == {}
    place.assert_nothing_to_do(shop("deals"))


def test_rename_among_writers_and_drivers_loses_no_change(place: Place) -> None:
    rename_among_writers_and_drivers(place)


@pytest.mark.long
def test_rename_behind_pooler_among_writers_and_drivers_loses_no_change(behind: Place) -> None:
    rename_among_writers_and_drivers(behind)


def rename_among_writers_and_drivers(place: Place) -> None:
    """Rename while the application writes and reads and two drivers refresh; every change arrives."""
    stop, failed = threading.Event(), list[str]()
    old, new = shop(), shop("deals")

    def write() -> None:
        while not stop.is_set():
            try:
                place.write()
            except psycopg.Error as error:
                failed.append(f"{error}")

    def read() -> None:
        with psycopg.connect(place.url, autocommit=True) as connection:
            while not stop.is_set():
                try:
                    connection.execute("SELECT count(*) FROM shop.offers")
                except pg.UndefinedTable:
                    continue
                except psycopg.Error as error:
                    failed.append(f"{error}")

    def refresh() -> None:
        refreshers = [Refresher(place.database, [system]) for system in (old, new)]
        while not stop.is_set():
            for refresher in refreshers:
                with suppress(DenormError):
                    refresher.look()

    threads = [threading.Thread(target=work) for work in (write, write, read, refresh)]
    for thread in threads:
        thread.start()
    try:
        written = next(place.numbers)
        wait_for(lambda: next(place.numbers) > written + 10, "writers to begin")
        place.rename()
        written = next(place.numbers)
        wait_for(lambda: next(place.numbers) > written + 10, "writers to go on")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failed == []
    with psycopg.connect(place.url) as connection:
        broken = connection.execute("SELECT count(*) FROM denorm.dependency WHERE broken IS NOT NULL").fetchone()
    assert broken == (0,)
    place.drain(new)
    assert {found: rows for found, rows in wrong_rows(place.url, new).items() if rows} == {}
    place.assert_nothing_to_do(new)


def test_rename_waits_for_refresh_under_way(place: Place) -> None:
    with place.database.session() as session:
        model_id = registrations(session, shop())["totals"].model_id
        renaming = threading.Thread(target=place.rename)
        with held(session, drain_lock(model_id), ""):
            renaming.start()
            renaming.join(0.5)
            assert place.names() >= {"offers"}
        renaming.join()
    assert place.names() >= {"deals"}


def test_rename_of_table_that_somebody_holds_names_them_and_changes_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("denorm_assets.db.postgres.lock_retry._ATTEMPTS", 2)
    with psycopg.connect(place.url) as reader:
        reader.execute("SELECT FROM shop.offers LIMIT 1")
        with pytest.raises(LockHeld):
            place.rename()
    assert place.names() >= {"offers"}
    place.assert_nothing_to_do(shop())


@pytest.fixture
def role(new_database: Callable[[str], str]) -> Generator[Place]:
    """A database in which the shop is live, as a role sees it that is no superuser and owns what it needs."""
    url = new_database("template0")
    with psycopg.connect(url, autocommit=True) as connection:
        name = f"{connection.info.dbname}_owner"
        connection.execute(TABLES.encode())
        connection.execute(
            f"CREATE ROLE {name} LOGIN PASSWORD 'secret'; GRANT CREATE ON DATABASE {connection.info.dbname} TO {name};"
            f"ALTER SCHEMA shop OWNER TO {name}; ALTER TABLE shop.items OWNER TO {name};"
            f"ALTER TABLE shop.owners OWNER TO {name}; GRANT USAGE ON SCHEMA views TO {name}".encode()
        )
    theirs = as_role(url, name, "secret")
    made = Place(theirs, theirs, Database(theirs))
    try:
        bring_up(made.database, shop())
        yield made
    finally:
        made.database.close()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP OWNED BY {name} CASCADE; DROP ROLE {name}".encode())


def test_rename_by_role_that_may_not_create_in_schema_is_refused(role: Place) -> None:
    with pytest.raises(MissingPrivilege, match="views"):
        rename(role.database, [shop("offers", schema="views", name="shop")], [("shop", "shop")])
    role.assert_nothing_to_do(shop())
    role.rename()
    role.assert_nothing_to_do(shop("deals"))


def test_plan_rename_locks_nothing(place: Place) -> None:
    with psycopg.connect(place.url) as other:
        other.execute("LOCK TABLE shop.offers, shop.totals IN ACCESS EXCLUSIVE MODE")
        assert "rename" in {step.action for step in plan_rename(place.database, [shop("deals")], PAIR)}
