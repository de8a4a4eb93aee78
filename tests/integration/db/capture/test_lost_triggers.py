"""Sources whose triggers are gone: the check says so, and `apply` puts it right."""

from __future__ import annotations

from dataclasses import replace

import pytest

from denorm_assets.db.apply.apply import apply_system
from denorm_assets.db.capture.declared import model_capture
from denorm_assets.db.health.kept_fresh import kept_fresh
from denorm_assets.model.check_result import Row
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime, Refresh
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case, system_of

QUICK = Debounce(quiet=0, max_wait=0)
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
    """What `kept_fresh` finds, without what is said of the rows until the next refresh."""
    with case.database.session("app") as session:
        found = kept_fresh(session, "shop/links", case.registered(), model_capture(session, case.system, case.model))
        return [row for row in found.rows if row["fault"] != "DDL changed values"]


def live(make_case: MakeCase, ddl: str) -> Case:
    case = make_case(ddl, "SELECT id, body FROM items", refresh=Debounced(QUICK))
    case.load()
    case.finish()
    case.refresh()
    assert faults(case) == []
    return case


@pytest.mark.parametrize("how", LOST)
def test_kept_fresh_triggers_lost_fails_until_apply(make_case: MakeCase, how: str) -> None:
    case = live(make_case, ITEMS)
    with case.connect() as connection:
        connection.execute(LOST[how].encode())
    lost = [row["detail"] for row in faults(case) if row["detail"]]
    assert lost == [f"app.items, {event}" for event in EVENTS]
    case.apply()
    assert faults(case) == []
    case.refresh_if_due()
    case.assert_right()
    with case.connect() as connection:
        connection.execute("INSERT INTO items VALUES (9, 'nine')")
    case.refresh_if_due()
    case.assert_right()


AWAY_FOR_A_WHILE = {
    "disabled": "ALTER TABLE items DISABLE TRIGGER trg_denorm_update; {};"
    " ALTER TABLE items ENABLE TRIGGER trg_denorm_update",
    "dropped": "DO $$ DECLARE made text := pg_get_triggerdef(oid) FROM pg_trigger"
    " WHERE tgname = 'trg_denorm_update' AND tgrelid = 'app.items'::regclass;"
    " BEGIN DROP TRIGGER trg_denorm_update ON app.items; {}; EXECUTE made; END $$",
}


@pytest.mark.parametrize(
    "refresh", [Debounced(QUICK), Realtime(QUICK), Full(QUICK)], ids=["debounced", "realtime", "full"]
)
@pytest.mark.parametrize("how", AWAY_FOR_A_WHILE)
def test_refresh_trigger_absent_meanwhile_corrects_missed_writes(
    make_case: MakeCase, how: str, refresh: Refresh
) -> None:
    """As scripts do that load much at once: before anybody looks, everything is as it was made."""
    driving = () if isinstance(refresh, Full) else ("items.id",)
    case = make_case(ITEMS, "SELECT id, body FROM items", driving=driving, refresh=refresh)
    if driving:
        case.load()
        case.finish()
    case.refresh()
    assert case.refresh_if_due() == []
    with case.connect() as connection:
        connection.execute(AWAY_FOR_A_WHILE[how].format("UPDATE app.items SET body = 'unseen'").encode())
    assert faults(case) == []
    assert not case.checks()["kept_fresh"].passed
    assert case.differences() != []
    case.refresh_if_due()
    case.assert_right()
    assert case.checks()["kept_fresh"].passed
    assert case.refresh_if_due() == []


def test_apply_triggers_recreated_for_new_column_needs_no_refresh(make_case: MakeCase) -> None:
    case = make_case(f"{ITEMS} ALTER TABLE items ADD n int", "SELECT id, body FROM items", refresh=Debounced(QUICK))
    case.load()
    case.finish()
    case.refresh()
    folder = case.model.definition.path.parent
    other = system_of(folder, "SELECT id, n FROM items", key=("id",), driving=("items.id",), name="others")
    phase = replace(case.system.phases[0], read_models=(case.model, *other.read_models))
    apply_system(case.database, replace(case.system, phases=(phase,)))
    assert case.refresh_if_due() == []
    assert case.checks()["kept_fresh"].passed
    assert case.value("SELECT count(*) FROM denorm.pending") == 0


def test_kept_fresh_source_dropped_names_it(make_case: MakeCase) -> None:
    case = live(make_case, ITEMS)
    case.run("DROP TABLE items")
    statements = ("delete", "insert", "truncate", "update")
    assert {row["detail"] for row in faults(case)} >= {f"app.items, {event}" for event in statements}


def test_kept_fresh_partition_of_partition_without_trigger_is_named(make_case: MakeCase) -> None:
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
