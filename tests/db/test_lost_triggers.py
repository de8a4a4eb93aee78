"""Sources whose triggers are gone: the check says so, and `apply` puts it right."""

from __future__ import annotations

import pytest

from denorm_assets.db.checks import kept_fresh
from denorm_assets.db.declared_capture import model_capture
from denorm_assets.model.check_result import Row
from denorm_assets.model.refresh import Debounce, Debounced
from tests.db.conftest import MakeCase
from tests.db.support import Case

EVENTS = ("delete", "insert", "replica_truncate", "rows", "truncate", "update")
PARTITION = tuple(sorted((*EVENTS, "moved_in", "moved_out")))
ITEMS = "CREATE TABLE items (id bigint PRIMARY KEY, body text); INSERT INTO items VALUES (1, 'one'), (2, 'two');"
LOST = {
    "dropped and made again": "DROP TABLE items; " + ITEMS,
    "another table took its place": "CREATE TABLE fresh (LIKE items INCLUDING ALL); INSERT INTO fresh VALUES (3, 'x');"
    " ALTER TABLE items RENAME TO old; ALTER TABLE fresh RENAME TO items",
    "all triggers disabled": "ALTER TABLE items DISABLE TRIGGER ALL; UPDATE items SET body = 'unseen'",
    "triggers dropped": "".join(f"DROP TRIGGER trg_denorm_{event} ON items;" for event in EVENTS),
}


def faults(case: Case) -> list[Row]:
    with case.database.session("app") as session:
        return list(
            kept_fresh(session, "shop/links", case.registered(), model_capture(session, case.system, case.model)).rows
        )


def live(make_case: MakeCase, ddl: str) -> Case:
    case = make_case(ddl, "SELECT id, body FROM items", refresh=Debounced(Debounce(quiet=0, max_wait=0)))
    case.load()
    case.finish()
    case.refresh()
    assert faults(case) == []
    return case


@pytest.mark.parametrize("how", LOST)
def test_a_table_without_triggers_is_seen_and_put_right(make_case: MakeCase, how: str) -> None:
    case = live(make_case, ITEMS)
    with case.connect() as connection:
        connection.execute(LOST[how].encode())
    told = [row["detail"] for row in faults(case)]
    # Columns that are made again are told too, by the name of their table alone.
    assert [each for each in told if each != "app.items"] == [f"app.items, {event}" for event in EVENTS]
    case.apply()
    assert faults(case) == []
    case.refresh_if_due()
    case.assert_right()
    with case.connect() as connection:
        connection.execute("INSERT INTO items VALUES (9, 'nine')")
    case.refresh_if_due()
    case.assert_right()


def test_a_table_that_is_gone_is_named(make_case: MakeCase) -> None:
    case = live(make_case, ITEMS)
    case.run("DROP TABLE items")
    statements = ("delete", "insert", "truncate", "update")
    assert {row["detail"] for row in faults(case)} >= {f"app.items, {event}" for event in statements}


def test_a_partition_of_a_partition_is_watched(make_case: MakeCase) -> None:
    case = live(
        make_case,
        "CREATE TABLE items (id bigint PRIMARY KEY, body text) PARTITION BY RANGE (id);"
        "CREATE TABLE low PARTITION OF items FOR VALUES FROM (0) TO (100) PARTITION BY RANGE (id);"
        "CREATE TABLE lowest PARTITION OF low FOR VALUES FROM (0) TO (50);"
        "INSERT INTO items VALUES (1, 'one')",
    )
    case.run("DROP TRIGGER trg_denorm_insert ON lowest")
    assert [row["detail"] for row in faults(case)] == ["app.lowest, insert"]
    case.run("CREATE TABLE high PARTITION OF low FOR VALUES FROM (50) TO (100)")
    assert [row["detail"] for row in faults(case)] == [
        *(f"app.high, {event}" for event in PARTITION),
        "app.lowest, insert",
    ]
