"""A1: changes that arrive without a statement of anybody's, so that no statement-level trigger fires."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager

import psycopg

from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Full, Realtime
from tests.stress.hostile.application import OFTEN
from tests.stress.hostile.arena import Arena, Refused
from tests.stress.hostile.scenario import scenario

_TABLE = "CREATE TABLE feed (id bigint PRIMARY KEY, topic int NOT NULL, body text NOT NULL);"
_ROWS = "INSERT INTO feed SELECT n, n % 5, 'body ' || n FROM generate_series(1, 40) AS n;"
_PATIENCE = 20.0


@contextmanager
def _publisher(arena: Arena) -> Generator[str]:
    """Another database of the server that publishes its table `feed`; yields its name."""
    name = f"{arena.database}_publisher"
    arena.realm.create(name)
    try:
        with arena.realm.admin(name) as connection:
            connection.execute(f"CREATE SCHEMA app; SET search_path = app; {_TABLE} {_ROWS}".encode())
            connection.execute("CREATE PUBLICATION feed FOR TABLE app.feed")
            connection.execute(f"SELECT pg_create_logical_replication_slot('{name}', 'pgoutput')".encode())
        yield name
    finally:
        _unsubscribe(arena)
        with arena.realm.admin(name) as connection:
            connection.execute(f"SELECT pg_drop_replication_slot('{name}')".encode())
        arena.realm.drop(name)


def _subscribe(arena: Arena, publisher: str) -> None:
    url = arena.realm.postgres.url(publisher)
    with arena.admin() as connection:
        # A subscription within one server cannot make its slot itself.
        connection.execute(
            f"CREATE SUBSCRIPTION {arena.database} CONNECTION '{url}' PUBLICATION feed"
            f" WITH (create_slot = false, slot_name = '{publisher}', copy_data = false)".encode()
        )


def _unsubscribe(arena: Arena) -> None:
    with arena.admin() as connection:
        if connection.execute("SELECT FROM pg_subscription WHERE subname = %s", [arena.database]).fetchone() is None:
            return
        connection.execute(f"ALTER SUBSCRIPTION {arena.database} DISABLE".encode())
        connection.execute(f"ALTER SUBSCRIPTION {arena.database} SET (slot_name = NONE)".encode())
        connection.execute(f"DROP SUBSCRIPTION {arena.database}".encode())
        deadline = time.monotonic() + _PATIENCE
        while connection.execute("SELECT FROM pg_replication_slots WHERE active").fetchone() is not None:
            assert time.monotonic() < deadline, "the subscription's worker ends"
            time.sleep(0.1)


def _publish_changes(arena: Arena, publisher: str) -> None:
    """Write on the other side, and wait until it has arrived."""
    with arena.realm.admin(publisher) as connection:
        connection.execute("UPDATE app.feed SET body = body || '!' WHERE id <= 5")
        connection.execute("DELETE FROM app.feed WHERE id = 6")
        connection.execute("INSERT INTO app.feed VALUES (1000, 2, 'new')")
    deadline = time.monotonic() + _PATIENCE
    while not arena.rows("SELECT FROM feed WHERE id = 1000"):
        assert time.monotonic() < deadline, "what was published arrives"
        time.sleep(0.1)


def _models(arena: Arena) -> tuple[ReadModel, ...]:
    return (
        arena.model("feed_copy", "SELECT id, topic, body FROM feed"),
        arena.model("feed_now", "SELECT id, body FROM feed", refresh=Realtime(OFTEN)),
        arena.model("feed_topics", "SELECT topic, count(*) AS entries FROM feed GROUP BY topic", key=("topic",)),
        arena.model("feed_ranks", "SELECT id, rank() OVER (ORDER BY body, id) AS place FROM feed", refresh=Full(OFTEN)),
    )


@scenario("A1")
def subscription_comes_later(arena: Arena) -> None:
    """A source of live read models becomes the target of a subscription, and changes arrive."""
    arena.prepare(_TABLE + _ROWS)
    arena.adopt(*_models(arena))
    with _publisher(arena) as publisher:
        _subscribe(arena, publisher)
        _publish_changes(arena, publisher)
        arena.remedy = lambda: _unsubscribe(arena)
        arena.judge_rows()


@scenario("A1")
def source_is_subscribed_already(arena: Arena) -> None:
    """Read models are declared over the target of a subscription."""
    arena.prepare(_TABLE + _ROWS)
    with _publisher(arena) as publisher:
        _subscribe(arena, publisher)
        try:
            arena.adopt(*_models(arena))
        except Refused:
            return
        _publish_changes(arena, publisher)
        arena.remedy = lambda: _unsubscribe(arena)
        arena.judge_rows()


@scenario("A1", (18, 15), as_superuser=True)
def subscription_to_tables_that_we_may_alter(arena: Arena) -> None:
    """A subscription writes to live read models' sources, and our role may enable triggers for that."""
    arena.prepare(_TABLE + _ROWS)
    arena.adopt(*_models(arena))
    with _publisher(arena) as publisher:
        _subscribe(arena, publisher)
        _publish_changes(arena, publisher)
        arena.judge_rows()


@scenario("A1", (18, 15), as_superuser=True)
def replica_role_on_tables_that_we_may_alter(arena: Arena) -> None:
    """Somebody writes with session_replication_role = replica, and our role may enable triggers for that."""
    superuser_writes_without_triggers(arena)


@scenario(
    "A1", left="only the owner of a table, whom `roles` does not make us, may have triggers fire in the replica role"
)
def superuser_writes_without_triggers(arena: Arena) -> None:
    """Somebody writes with session_replication_role = replica."""
    arena.prepare(_TABLE + _ROWS)
    arena.adopt(*_models(arena))
    with psycopg.connect(arena.realm.postgres.url(arena.database), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE app.feed SET body = body || '!' WHERE id <= 5")
