"""What the catalog shows of why a read model drifted, each cause by itself."""

from __future__ import annotations

from collections.abc import Generator
from typing import LiteralString

import psycopg
import pytest

from denorm_assets.db.reconcile.causes import likely_causes
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case

ITEMS = """
CREATE TABLE items (id bigint PRIMARY KEY, body text) PARTITION BY RANGE (id);
CREATE TABLE low PARTITION OF items FOR VALUES FROM (0) TO (100);
CREATE TABLE loose (id bigint PRIMARY KEY, body text);
INSERT INTO items VALUES (1, 'one'), (2, 'two');
"""
MEND = "; `denorm-assets apply` fixes it"
CAUSES: dict[LiteralString, list[str]] = {
    "SELECT 1": [],
    "DROP TRIGGER trg_denorm_update ON low; DROP TRIGGER trg_denorm_insert ON items": [
        f"on app.items, the capture trigger for insert was dropped{MEND}",
        f"on app.low, the capture trigger for update was dropped{MEND}",
    ],
    "ALTER TABLE low DISABLE TRIGGER ALL": [
        "on app.low, the capture trigger for delete, insert, moved_in, moved_out, replica_truncate, rows, truncate, "
        f"update is disabled{MEND}"
    ],
    "CREATE TABLE high PARTITION OF items FOR VALUES FROM (100) TO (200)": [
        f"the partition app.high has no capture triggers: it was attached or made after the others{MEND}"
    ],
    "ALTER TABLE items ATTACH PARTITION loose FOR VALUES FROM (100) TO (200)": [
        f"the partition app.loose has no capture triggers: it was attached or made after the others{MEND}"
    ],
    "ALTER TABLE items DETACH PARTITION low": [f"partitions of app.items were attached or detached{MEND}"],
    "ALTER FUNCTION denorm.capture_1() SECURITY INVOKER": [
        f"the capture function denorm.capture_1 of app.items was edited{MEND}"
    ],
    "ALTER TABLE items RENAME COLUMN body TO text": [
        "the column body of app.items is now called text (to undo that: ALTER TABLE "
        f'"app"."items" RENAME COLUMN "text" TO "body"){MEND} where the definition still fits'
    ],
    "ALTER TABLE items RENAME TO old; ALTER TABLE loose RENAME TO items": [
        "app.items is another table than the one that triggers were made on: it was dropped and made again, another "
        f"one took its name, or a dump was restored{MEND}"
    ],
    "DROP TABLE items": ["the table app.items is gone; create it again, then `denorm-assets apply` fixes it"],
    "UPDATE denorm.read_model SET state = 'needs_rebuild'": [
        "shop/links needs a rebuild since its sources changed their shape; run `denorm-assets apply`"
    ],
}


@pytest.fixture
def case(make_case: MakeCase) -> Case:
    made = make_case(ITEMS, "SELECT id, body FROM items")
    made.load()
    made.finish()
    return made


def causes(case: Case) -> list[str]:
    with case.database.session("app") as session:
        return likely_causes(session, case.system, case.model, case.registered())


@pytest.mark.parametrize("done", CAUSES)
def test_likely_causes_single_fault_names_it_and_fix(case: Case, done: LiteralString) -> None:
    case.run(done)
    assert causes(case) == CAUSES[done]


def test_likely_causes_capture_function_dropped_names_function(case: Case) -> None:
    case.run("DROP FUNCTION denorm.capture_1 CASCADE")
    assert causes(case) == [
        f"the capture function denorm.capture_1 of app.items is missing, and its triggers with it{MEND}"
    ]


@pytest.fixture
def of_others(case: Case, role: str) -> None:
    """The tables are not ours, so that nothing sees what is written in the replica role."""
    case.run(f"ALTER SCHEMA denorm OWNER TO {role}")
    for table in ("items", "low"):
        case.run(f"DROP TRIGGER trg_denorm_replica_truncate ON {table}")


@pytest.mark.usefixtures("of_others")
def test_likely_causes_two_faults_lists_most_specific_first(case: Case) -> None:
    name = case.value("SELECT current_database()")
    case.run("DROP TRIGGER trg_denorm_update ON low")
    case.run(f"ALTER DATABASE {name} SET session_replication_role = replica")
    first, second = causes(case)
    assert first.startswith("on app.low, the capture trigger for update was dropped")
    assert second.startswith(f"ALTER DATABASE {name} sets session_replication_role")


def test_likely_causes_replica_role_that_is_captured_is_no_cause(case: Case) -> None:
    case.run(f"ALTER DATABASE {case.value('SELECT current_database()')} SET session_replication_role = replica")
    assert causes(case) == []


@pytest.mark.usefixtures("of_others")
def test_likely_causes_database_in_replica_role_is_named(case: Case) -> None:
    name = case.value("SELECT current_database()")
    case.run(f"ALTER DATABASE {name} SET session_replication_role = replica")
    [cause] = causes(case)
    assert cause == (
        f"ALTER DATABASE {name} sets session_replication_role = replica, under which no trigger fires; RESET it there"
    )


@pytest.fixture
def role(case: Case) -> Generator[str]:
    name = f"loader_{case.value('SELECT current_database()')}"
    case.run(f"CREATE ROLE {name}")
    yield name
    case.run(f"REASSIGN OWNED BY {name} TO CURRENT_USER; DROP OWNED BY {name}; DROP ROLE {name}")


@pytest.mark.usefixtures("of_others")
@pytest.mark.parametrize("where", ["", " IN DATABASE {database}"])
def test_likely_causes_role_in_replica_role_is_named(case: Case, role: str, where: str) -> None:
    place = where.format(database=case.value("SELECT current_database()"))
    case.run(f"ALTER ROLE {role}{place} SET session_replication_role = replica")
    [cause] = causes(case)
    assert cause.startswith(f"ALTER ROLE {role}{place} sets session_replication_role = replica")


@pytest.fixture
def subscription(case: Case) -> Generator[str]:
    """A subscription to nowhere that copies into `low`."""
    with psycopg.connect(case.url, autocommit=True) as connection:
        connection.execute("CREATE SUBSCRIPTION feed CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false)")
        connection.execute("SET allow_system_table_mods = on")
        connection.execute(
            "INSERT INTO pg_subscription_rel (srsubid, srrelid, srsubstate)"
            " SELECT oid, 'app.low'::regclass, 'r' FROM pg_subscription WHERE subname = 'feed'"
        )
        connection.execute("UPDATE pg_subscription SET subenabled = true WHERE subname = 'feed'")
        yield "feed"
        connection.execute("UPDATE pg_subscription SET subenabled = false WHERE subname = 'feed'")
        connection.execute("ALTER SUBSCRIPTION feed SET (slot_name = NONE)")
        connection.execute("DROP SUBSCRIPTION feed")


@pytest.mark.usefixtures("of_others")
def test_likely_causes_subscription_into_source_is_named(case: Case, subscription: str) -> None:
    [cause] = causes(case)
    assert cause == (
        f"the subscription {subscription} writes to app.low, for which no trigger of ours fires; "
        "`denorm-assets apply` says what that needs"
    )


def test_likely_causes_ordinary_role_may_ask(case: Case, role: str) -> None:
    case.run(f"GRANT USAGE ON SCHEMA app, denorm TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA denorm TO {role}")
    case.run(f"GRANT EXECUTE ON FUNCTION denorm.fingerprint, denorm.column_shape, denorm.altered_views TO {role}")
    try:
        with case.database.session("app") as session:
            registered = case.registered()
            session.script(f"SET ROLE {role}")
            assert likely_causes(session, case.system, case.model, registered) == []
    finally:
        case.run(f"DROP OWNED BY {role}")
