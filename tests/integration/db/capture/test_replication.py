"""Changes that arrive without a statement of anybody's: from a subscription, and in the replica role."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

import psycopg
import pytest

from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.errors import SubscribedSource
from denorm_assets.model.refresh import Full, Realtime, Refresh
from tests.conftest import Server
from tests.integration.db.capture.test_moving_rows import AT_ONCE
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case, wait_for
from tests.support.roles import Set

NOW = AT_ONCE.debounce
FEED = "CREATE TABLE feed (id bigint PRIMARY KEY, topic int NOT NULL, body text);"
ROWS = "INSERT INTO feed SELECT n, n % 5, 'body ' || n FROM generate_series(1, 40) AS n;"
IN_PARTS = """
CREATE TABLE feed (id bigint NOT NULL, topic int NOT NULL, body text, PRIMARY KEY (id, topic))
    PARTITION BY RANGE (topic);
CREATE TABLE feed_low (body text, topic int NOT NULL, id bigint NOT NULL);
ALTER TABLE feed ATTACH PARTITION feed_low FOR VALUES FROM (0) TO (2);
CREATE TABLE feed_rest PARTITION OF feed DEFAULT;
"""
WITHOUT_KEY = FEED.replace("PRIMARY KEY", "NOT NULL") + "ALTER TABLE feed REPLICA IDENTITY FULL;"
KEY_OF_TWO = "CREATE TABLE feed (id bigint, topic int, body text, PRIMARY KEY (id, topic));"
TOPICS = "SELECT topic, count(*) AS entries, max(body) AS last FROM feed GROUP BY topic"
_numbers = itertools.count()


@dataclass
class Publisher:
    """Another database of the server; `feed` in its schema app is published."""

    url: str
    slot: str
    subscriber: str

    def write(self, *statements: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("SET search_path = app")
            for statement in statements:
                connection.execute(statement.encode())

    def subscribe(self, options: str = "copy_data = false") -> None:
        with psycopg.connect(self.subscriber, autocommit=True) as connection:
            # A subscription within one server cannot make its slot itself.
            connection.execute(
                f"CREATE SUBSCRIPTION {self.slot} CONNECTION '{self.url}' PUBLICATION feed"
                f" WITH (create_slot = false, slot_name = '{self.slot}', {options})".encode()
            )


Publish = Callable[[Case, str], Publisher]


@pytest.fixture
def publish(server: Server, new_database: Callable[[str], str]) -> Generator[Publish]:
    """Makes a publisher of a table `feed` for a case."""
    made: list[Publisher] = []

    def make(case: Case, ddl: str) -> Publisher:
        slot = f"feed_{case.value('SELECT current_database()')}_{next(_numbers)}"
        found = Publisher(new_database("template0"), slot, case.url)
        made.append(found)
        found.write(
            "CREATE SCHEMA app",
            ddl,
            ROWS,
            "CREATE PUBLICATION feed FOR TABLE feed WITH (publish_via_partition_root = true)",
        )
        found.write(f"SELECT pg_create_logical_replication_slot('{slot}', 'pgoutput')")
        return found

    yield make
    for each in made:
        with psycopg.connect(each.subscriber, autocommit=True) as connection:
            for (name,) in connection.execute(
                "SELECT subname FROM pg_subscription WHERE subname = %s", [each.slot]
            ).fetchall():
                connection.execute(f"ALTER SUBSCRIPTION {name} DISABLE".encode())
                connection.execute(f"ALTER SUBSCRIPTION {name} SET (slot_name = NONE)".encode())
                connection.execute(f"DROP SUBSCRIPTION {name}".encode())
        with psycopg.connect(each.url, autocommit=True) as connection:

            def inactive(connection: psycopg.Connection[tuple[object, ...]] = connection) -> bool:
                return not connection.execute("SELECT FROM pg_replication_slots WHERE active").fetchall()

            wait_for(inactive, "the subscription's workers to end")
            connection.execute(f"SELECT pg_drop_replication_slot('{each.slot}')".encode())


def live(make_case: MakeCase, ddl: str, refresh: Refresh = AT_ONCE) -> Case:
    driving = () if isinstance(refresh, Full) else ("feed.topic",)
    case = make_case(ddl + ROWS, TOPICS, key=("topic",), driving=driving, refresh=refresh)
    if driving:
        case.load()
        case.finish()
    case.refresh()
    case.assert_right()
    return case


def arrives(case: Case, publisher: Publisher, *statements: str) -> None:
    """Write on the other side, wait until it is here, refresh, and ask the oracle."""
    mark = 100_000 + next(_numbers)
    publisher.write(*statements, f"INSERT INTO feed VALUES ({mark}, 3, 'mark')")
    with case.connect() as connection:

        def here() -> bool:
            return connection.execute(f"SELECT FROM feed WHERE id = {mark}".encode()).fetchone() is not None

        wait_for(here, "what was published to arrive")
    case.refresh_if_due()
    case.assert_right()


def failing(case: Case) -> Sequence[str]:
    return [name for name, result in case.checks().items() if not result.passed]


WRITES = (
    "UPDATE feed SET body = body || '!' WHERE id <= 5",
    "UPDATE feed SET topic = topic + 1 WHERE id BETWEEN 6 AND 12",
    "DELETE FROM feed WHERE id BETWEEN 13 AND 20",
    "INSERT INTO feed VALUES (1000, 2, 'z'), (1001, 77, NULL)",
)


@pytest.mark.parametrize("refresh", [AT_ONCE, Realtime(NOW), Full(NOW)], ids=["debounced", "realtime", "full"])
@pytest.mark.parametrize("ddl", [FEED, IN_PARTS, WITHOUT_KEY], ids=["table", "partitions", "identity full"])
def test_capture_every_change_of_subscription_is_refreshed(
    make_case: MakeCase, publish: Publish, ddl: str, refresh: Refresh
) -> None:
    case = live(make_case, ddl, refresh)
    publisher = publish(case, KEY_OF_TWO if ddl == IN_PARTS else ddl)
    publisher.subscribe()
    assert failing(case) == []
    for statement in WRITES:
        arrives(case, publisher, statement)
    arrives(case, publisher, "TRUNCATE feed")
    assert failing(case) == []


def test_capture_initial_copy_of_subscription_is_refreshed(make_case: MakeCase, publish: Publish) -> None:
    case = live(make_case, IN_PARTS)
    with case.connect() as connection:
        connection.execute("TRUNCATE feed")
    case.refresh_if_due()
    publisher = publish(case, KEY_OF_TWO)
    publisher.subscribe("copy_data = true")
    wait_for(lambda: case.value("SELECT count(*) FROM feed") == 40, "the copy")
    case.refresh_if_due()
    case.assert_right()
    for statement in WRITES:
        arrives(case, publisher, statement)


@pytest.mark.parametrize("options", ["streaming = on", "streaming = parallel", "run_as_owner = true"])
def test_capture_streaming_or_run_as_owner_subscription_is_refreshed(
    make_case: MakeCase, publish: Publish, options: str
) -> None:
    case = live(make_case, FEED)
    if options != "streaming = on" and int(case.value("SHOW server_version_num")) < 160000:
        pytest.skip(f"{options} is of PostgreSQL 16")
    publisher = publish(case, FEED)
    publisher.write("ALTER DATABASE " + publisher.url.rpartition("/")[2] + " SET logical_decoding_work_mem = '64kB'")
    publisher.subscribe(f"copy_data = false, {options}")
    arrives(case, publisher, "INSERT INTO feed SELECT n, n % 5, repeat('x', 100) FROM generate_series(2001, 6000) AS n")
    arrives(case, publisher, "UPDATE feed SET topic = 7 WHERE id > 5000", "DELETE FROM feed WHERE id > 5500")


def test_apply_table_subscribed_before_is_captured(make_case: MakeCase, publish: Publish) -> None:
    case = make_case(FEED + ROWS, TOPICS, key=("topic",), driving=("feed.topic",), refresh=AT_ONCE, apply=False)
    publisher = publish(case, FEED)
    publisher.subscribe()
    case.apply()
    case.load()
    case.finish()
    for statement in WRITES:
        arrives(case, publisher, statement)


@pytest.fixture
def of_others(make_case: MakeCase) -> Generator[Set]:
    """A table of another role's, and a role of ours with what `denorm-assets roles` prints."""
    case = make_case(FEED + ROWS, TOPICS, key=("topic",), driving=("feed.topic",), refresh=AT_ONCE, apply=False)
    roles = Set(case)
    roles.give_away("feed")
    ours, reader, _ = roles.names
    case.run(roles.printed())
    case.run(f"ALTER ROLE {ours} LOGIN PASSWORD 'secret'")
    yield roles
    for role in (ours, reader, roles.table_owner):
        case.run(f"REASSIGN OWNED BY {role} TO CURRENT_USER; DROP OWNED BY {role}; DROP ROLE {role}")


def test_apply_subscribed_table_of_other_owner_is_refused_until_granted(of_others: Set, publish: Publish) -> None:
    case, (ours, _, _), theirs = of_others.as_owner(), of_others.names, of_others.table_owner
    case.apply()
    case.load()
    case.finish()
    assert failing(case) == []
    publisher = publish(of_others.case, FEED)
    publisher.subscribe()
    kept = case.checks()["kept_fresh"]
    assert not kept.passed
    assert f"changes of the subscription {publisher.slot} are not captured" in kept.summary
    for command in (case.apply, lambda: plan_system(case.database, case.system).steps):
        with pytest.raises(SubscribedSource, match=f'GRANT "{theirs}" TO "{ours}"') as refused:
            command()
        assert publisher.slot in str(refused.value)
    of_others.case.run(f"GRANT {theirs} TO {ours}")
    case.apply()
    of_others.case.run(f"REVOKE {theirs} FROM {ours}")
    case.refresh_if_due()
    case.assert_right()
    assert failing(case) == []
    for statement in WRITES:
        arrives(case, publisher, statement)
    case.apply()
    assert failing(case) == []
    case.close()


@pytest.mark.parametrize("ddl", [FEED, IN_PARTS], ids=["table", "partitions"])
def test_capture_writes_in_replica_role_are_refreshed(make_case: MakeCase, ddl: str) -> None:
    case = live(make_case, ddl)
    for statement in (
        *WRITES,
        "MERGE INTO feed USING (SELECT generate_series(21, 50) AS id) AS s ON feed.id = s.id"
        " WHEN MATCHED AND feed.id < 25 THEN DELETE WHEN MATCHED THEN UPDATE SET topic = feed.topic + 1"
        " WHEN NOT MATCHED THEN INSERT (id, topic, body) VALUES (s.id, 8, 'merged')",
        "INSERT INTO feed SELECT n, 9, 'many' FROM generate_series(3001, 3100) AS n",
        "TRUNCATE feed",
    ):
        with case.connect() as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute(statement.encode())
        case.refresh_if_due()
        assert case.differences() == [], statement


def test_capture_replica_role_update_of_other_column_is_not_logged(make_case: MakeCase) -> None:
    case = make_case(
        "CREATE TABLE items (id bigint PRIMARY KEY, body text, seen int); INSERT INTO items VALUES (1, 'one', 0)",
        "SELECT id, body FROM items",
    )
    with case.connect() as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE items SET seen = 1")
        assert connection.execute("SELECT count(*) FROM denorm.change_log").fetchone() == (0,)
        connection.execute("UPDATE items SET body = NULL")
        connection.execute("UPDATE items SET body = ''")
        assert connection.execute("SELECT count(*) FROM denorm.change_log WHERE image IS NOT NULL").fetchone() == (4,)


@pytest.mark.parametrize(
    "ddl",
    [
        "ALTER TABLE items ALTER COLUMN body TYPE varchar(100)",
        "ALTER TABLE items ALTER COLUMN body TYPE int USING 1",
        "ALTER TABLE items DROP COLUMN body",
        "ALTER TABLE items RENAME COLUMN body TO text",
        "ALTER TABLE items ADD COLUMN more int",
    ],
)
@pytest.mark.parametrize("role", ["replica", "origin"])
def test_capture_session_open_while_columns_change_still_logs(make_case: MakeCase, ddl: str, role: str) -> None:
    case = make_case(
        "CREATE TABLE items (id int, body text) PARTITION BY RANGE (id);"
        "CREATE TABLE low PARTITION OF items FOR VALUES FROM (0) TO (10);"
        "CREATE TABLE rest PARTITION OF items DEFAULT; INSERT INTO items SELECT generate_series(1, 9), 'body'",
        "SELECT id, body FROM items",
        driving=("items.id",),
    )
    with case.connect() as connection, case.connect() as other:
        connection.execute(f"SET session_replication_role = {role}".encode())
        move = (
            "MERGE INTO items USING (VALUES (%s)) AS s (id) ON items.id = s.id"
            " WHEN MATCHED THEN UPDATE SET id = items.id + 10"
        )
        connection.execute((move % 1).encode())
        other.execute(ddl.encode())
        connection.execute((move % 2).encode())
        connection.execute("DELETE FROM items WHERE id = 3")
        connection.execute("UPDATE items SET id = id WHERE id = 4")
        logged = connection.execute("SELECT count(*) FROM denorm.change_log WHERE image IS NULL OR '12' = ANY (image)")
        assert logged.fetchone() != (0,)


@pytest.mark.parametrize("what", ["ALL", "USER"])
def test_kept_fresh_trigger_disabled_and_enabled_fails_until_apply(make_case: MakeCase, what: str) -> None:
    case = live(make_case, FEED)
    with case.connect() as connection:
        connection.execute(f"ALTER TABLE feed DISABLE TRIGGER {what}".encode())
        assert "trigger disabled" in case.checks()["kept_fresh"].summary
        connection.execute("DELETE FROM feed WHERE id < 10")
        connection.execute(f"ALTER TABLE feed ENABLE TRIGGER {what}".encode())
    assert "trigger edited" in case.checks()["kept_fresh"].summary
    case.apply()
    case.refresh_if_due()
    case.assert_right()
    assert failing(case) == []


def test_apply_triggers_of_older_release_makes_no_row_stale(make_case: MakeCase) -> None:
    case = live(make_case, FEED)
    with case.connect() as connection:
        for event in ("rows", "replica_truncate"):
            connection.execute(f"DROP TRIGGER trg_denorm_{event} ON feed".encode())
        connection.execute("UPDATE denorm.source SET signature = denorm.column_signature(relation, compared_columns)")
        connection.execute("COMMENT ON FUNCTION denorm.capture_1() IS 'denorm_assets 000000000000'")
        assert case.checks()["kept_fresh"].passed, "ordinary writes are captured as before"
    case.apply()
    assert case.rows("SELECT FROM denorm.pending WHERE everything") == []
    assert failing(case) == []


@pytest.mark.parametrize("table", ["feed", "feed_low"])
@pytest.mark.parametrize("role", ["replica", "origin"])
def test_capture_copy_into_partitions_is_refreshed(make_case: MakeCase, role: str, table: str) -> None:
    case = live(make_case, IN_PARTS)
    with case.connect() as connection:
        connection.execute(f"SET session_replication_role = {role}".encode())
        with connection.cursor().copy(f"COPY {table} (id, topic, body) FROM STDIN".encode()) as copy:
            for n in range(5_000, 5_100):
                copy.write_row((n, n % 2, "copied"))
    case.refresh_if_due()
    case.assert_right()


NAMES = ("new", "old", "was", "becomes", "tg_level", "changed", "texts", "v1", "found", 'a"b')


@pytest.mark.parametrize("column", NAMES)
def test_capture_column_named_like_trigger_variable_is_refreshed(make_case: MakeCase, column: str) -> None:
    quoted = '"' + column.replace('"', '""') + '"'
    case = make_case(
        f"CREATE TABLE items (id bigint PRIMARY KEY, {quoted} text, n int);"
        " INSERT INTO items VALUES (1, 'a', 1), (2, 'b', 2)",
        f"SELECT {quoted} AS name, count(*) AS rows, sum(n) AS n FROM items GROUP BY {quoted}",
        key=("name",),
        driving=(),
        refresh=AT_ONCE,
    )
    case.refresh()
    case.finish()
    for statement in (
        "INSERT INTO items VALUES (3, 'c', 3)",
        f"UPDATE items SET {quoted} = 'd' WHERE id = 1",
        "UPDATE items SET n = 9 WHERE id = 2",
        "DELETE FROM items WHERE id = 2",
    ):
        with case.connect() as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute(statement.encode())
        case.refresh_if_due()
        assert case.differences() == [], statement


@pytest.mark.parametrize("text", ["SELECT id, data FROM items", "SELECT id, length(data) AS size FROM items"])
def test_capture_large_values_in_replica_role_are_refreshed(make_case: MakeCase, text: str) -> None:
    case = make_case("CREATE TABLE items (id bigint PRIMARY KEY, data bytea, n int)", text, refresh=AT_ONCE)
    case.load()
    case.finish()
    for statement in (
        "INSERT INTO items SELECT n, decode(repeat('ab', 3000000), 'hex'), 0 FROM generate_series(1, 2) AS n",
        "UPDATE items SET data = data || '\\x00' WHERE id = 1",
        "UPDATE items SET n = 1",
        "UPDATE items SET data = NULL WHERE id = 2",
        "DELETE FROM items WHERE id = 1",
    ):
        with case.connect() as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute(statement.encode())
        case.refresh_if_due()
        assert case.differences() == [], statement
