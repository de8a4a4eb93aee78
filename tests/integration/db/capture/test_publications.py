"""Somebody publishes all tables: ours can still be updated and deleted, and a log that is stuck is seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from denorm_assets.db.apply.apply import apply_system
from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.db.health.status import model_status
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime
from tests.integration.db.apply.test_catalog_drift import drift
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case
from tests.support.live import AGREED

AT_ONCE = Debounced(Debounce(quiet=0, max_wait=0))
TABLES = """
CREATE TABLE items (id bigint PRIMARY KEY, topic int, tags text[]);
CREATE TABLE notes (id bigint PRIMARY KEY, topic int, tags text[]);
INSERT INTO items SELECT n, nullif(n % 5, 0), ARRAY['a', 'i' || n % 7, NULL] FROM generate_series(1, 100) AS n;
INSERT INTO notes SELECT n, nullif(n % 4, 0), ARRAY['a', 'n' || n % 5] FROM generate_series(1, 100) AS n;
"""
LINKS = """
SELECT DISTINCT 'items' AS source, i.id, t.tag FROM items AS i CROSS JOIN LATERAL unnest(i.tags) AS t(tag)
UNION ALL
SELECT DISTINCT 'notes' AS source, n.id, t.tag FROM notes AS n CROSS JOIN LATERAL unnest(n.tags) AS t(tag)
"""
BY_TOPIC = "SELECT topic, count(*) AS items FROM items GROUP BY 1"
KEYED = "SELECT id, topic FROM items"
SHAPES: Mapping[str, tuple[str, dict[str, Any]]] = {
    "keyed": (KEYED, {}),
    "nullable key": (BY_TOPIC, {"key": ("topic",), "driving": ()}),
    "partitioned": (
        LINKS,
        {"key": ("source", "id", "tag"), "driving": ("items.id", "notes.id"), "partition_by": "source"},
    ),
    "realtime": (BY_TOPIC, {"key": ("topic",), "driving": (), "refresh": Realtime()}),
    "view": (BY_TOPIC, {"key": ("topic",), "driving": (), "refresh": Full(Debounce(quiet=0, max_wait=0))}),
}
PUBLISH = (
    "CREATE PUBLICATION everything FOR ALL TABLES",
    "CREATE PUBLICATION everything FOR TABLES IN SCHEMA denorm, app",
)
WITHOUT_IDENTITY = """
SELECT c.oid::regclass::text FROM pg_class AS c
WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND c.relreplident <> 'f'
    AND c.relnamespace IN ('denorm'::regnamespace, 'app'::regnamespace)
    AND NOT EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisprimary)
"""


@pytest.fixture
def live(make_case: MakeCase) -> Callable[..., Case]:
    def make(shape: str, publish: str | None = None, **declaration: object) -> Case:
        definition, declared = SHAPES[shape]
        case = make_case(TABLES, definition, **{"refresh": AT_ONCE, **declared, **declaration})
        if publish is not None:
            case.write(publish)
            case.apply()
        if case.model.driving:
            case.load()
            case.finish()
        case.refresh()
        return case

    return make


def edit(case: Case) -> None:
    case.write(
        "UPDATE items SET topic = 3, tags = '{b}' WHERE id < 20; DELETE FROM items WHERE id > 90; TRUNCATE notes"
    )
    assert {found.error for found in case.refresh_if_due()} <= {None}


@pytest.mark.parametrize("publish", PUBLISH)
@pytest.mark.parametrize("shape", SHAPES)
def test_publication_of_all_tables_stops_no_write_or_refresh(
    live: Callable[..., Case], shape: str, publish: str
) -> None:
    case = live(shape)
    case.write(publish)
    edit(case)
    case.assert_right()
    assert case.checks()["kept_fresh"].passed
    case.load(again=True) if case.model.driving else case.refresh()
    case.assert_right()


@pytest.mark.parametrize("shape", SHAPES)
def test_apply_after_publication_works(live: Callable[..., Case], shape: str) -> None:
    case = live(shape, PUBLISH[0])
    edit(case)
    case.assert_right()
    assert {name: check.summary for name, check in case.checks().items() if not check.passed} == {}


@pytest.mark.parametrize("shape", SHAPES)
def test_apply_replaced_table_keeps_replica_identity(live: Callable[..., Case], shape: str) -> None:
    case = live(shape)
    assert case.rows(WITHOUT_IDENTITY) == []
    case.write(PUBLISH[0])
    before = SHAPES[shape][0]
    last = {KEYED: "id, topic", BY_TOPIC: "AS items", LINKS: "t.tag"}[before]
    for more in ("1 AS more", "'1' AS more"):
        case.redefine(before.replace(f"{last} FROM", f"{last}, {more} FROM"))
        apply_system(case.database, case.system, AGREED)
        assert case.rows(WITHOUT_IDENTITY) == []
        edit(case)
        case.assert_right()


def test_apply_replica_identity_removed_is_restored(live: Callable[..., Case]) -> None:
    for shape, relations in (
        ("keyed", ["app.links"]),
        ("nullable key", ["app.links"]),
        ("partitioned", ["app.links_items"]),
    ):
        case = live(shape)
        for relation in (*relations, "denorm.pending", "denorm.change_log", "denorm.refresh"):
            case.run(f"ALTER TABLE {relation} REPLICA IDENTITY NOTHING")
        missing = {"denorm.pending", "denorm.change_log", "denorm.refresh", *relations}
        assert drift(case) == {f"replica identity {relation}": "missing" for relation in missing}
        planned = [step for step in plan_system(case.database, case.system).steps if step.action != "keep"]
        control, *own = [(step.kind, step.name) for step in planned]
        assert control[0] == "control schema"
        assert own == [("replica identity", each) for each in relations]
        case.write(PUBLISH[0])
        case.apply()
        assert drift(case) == {}
        edit(case)
        case.assert_right()


def test_replace_replica_identity_of_application_is_kept(live: Callable[..., Case]) -> None:
    case = live("keyed")
    case.run("ALTER TABLE links REPLICA IDENTITY FULL")
    case.redefine("SELECT id, topic::text AS topic FROM items")
    apply_system(case.database, case.system, AGREED)
    assert case.value("SELECT relreplident FROM pg_class WHERE oid = 'links'::regclass") == "f"


def test_kept_fresh_change_log_stuck_fails_until_apply(live: Callable[..., Case]) -> None:
    case = live("keyed")
    case.run("ALTER TABLE denorm.change_log REPLICA IDENTITY NOTHING")
    case.write(PUBLISH[0])
    assert case.checks()["kept_fresh"].passed, "nothing is stopped as long as nothing changes"
    case.write("UPDATE items SET topic = 3 WHERE id < 20")
    [refreshed] = case.refresh_if_due()
    assert refreshed.error is not None
    assert 'cannot delete from table "change_log" because it does not have a replica identity' in refreshed.error
    check = case.checks()["kept_fresh"]
    assert not check.passed
    assert "the change log is stuck" in check.summary
    assert model_status(case.database, case.system, case.model).held_up_by == refreshed.error
    case.apply()
    case.refresh_if_due()
    case.assert_right()
    assert case.checks()["kept_fresh"].passed
