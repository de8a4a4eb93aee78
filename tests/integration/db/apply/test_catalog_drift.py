"""Catalog drift: whatever was done to an object of ours is told by its state, and mended by what the remedy says."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from denorm_assets.db.apply.apply import apply_system
from denorm_assets.db.apply.catalog_drift import catalog_check, system_objects
from denorm_assets.db.capture.declared import model_capture
from denorm_assets.db.health.kept_fresh import kept_fresh
from denorm_assets.model.catalog.catalog_object import CatalogObject
from denorm_assets.model.index import Index, on, references
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime, Refresh
from denorm_assets.sql.ddl.control_objects import control_functions, control_relations
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case

NOW = Debounce(quiet=0, max_wait=0)
ITEMS = """
CREATE TABLE owners (id int PRIMARY KEY);
CREATE TABLE items (id bigint PRIMARY KEY, owner int NOT NULL, body text NOT NULL, at timestamptz DEFAULT now());
INSERT INTO owners SELECT generate_series(0, 9);
INSERT INTO items SELECT n, n % 10, 'item ' || n FROM generate_series(1, 50) AS n;
"""


@pytest.fixture
def live(make_case: MakeCase) -> Callable[..., Case]:
    def make(refresh: Refresh | None = None) -> Case:
        case = make_case(
            ITEMS,
            "SELECT id, owner, body, at FROM items",
            refresh=refresh or Debounced(NOW),
            indexes=[Index("body"), Index("owner", "id DESC", unique=True)],
            references=() if isinstance(refresh, Full) else [references("owner", "owners.id", foreign_key=True)],
        )
        if isinstance(refresh, Full):
            case.refresh()
        else:
            case.load()
        case.finish()
        return case

    return make


def objects(case: Case) -> dict[str, CatalogObject]:
    with case.database.session("app") as session:
        return {f"{found.kind} {found.name}": found for found in system_objects(session, case.system)}


def drift(case: Case) -> dict[str, str]:
    return {name: found.state for name, found in objects(case).items() if found.state != "installed"}


def check(case: Case) -> tuple[bool, bool]:
    with case.database.session("app") as session:
        result = catalog_check(session, case.system, case.system.phases[0])
    return result.passed, result.warning_only


@pytest.mark.parametrize("refresh", [Debounced(NOW), Realtime(NOW), Full(NOW)], ids=["debounced", "realtime", "full"])
def test_system_objects_after_apply_are_all_installed(live: Callable[..., Case], refresh: Refresh) -> None:
    case = live(refresh)
    assert drift(case) == {}
    kinds = {found.kind for found in objects(case).values()}
    assert kinds >= {
        "control schema",
        "control table",
        "control function",
        "capture function",
        "trigger",
        "key",
        "index",
    }
    assert check(case)[0]


def test_control_schema_holds_exactly_declared_functions_and_tables(live: Callable[..., Case]) -> None:
    case = live()
    functions = case.rows(
        "SELECT DISTINCT proname::text FROM pg_proc WHERE pronamespace = 'denorm'::regnamespace AND proname !~ '^cap'"
    )
    assert {name for (name,) in functions} == {function.name for function in control_functions()}
    relations = case.rows(
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'denorm'::regnamespace AND relkind IN ('r', 'v', 'p')"
    )
    assert {name for (name,) in relations} == set(control_relations())


FUNCTION = "capture function denorm.capture_1 of app.items"
DONE = {
    "an edited body": (
        "CREATE OR REPLACE FUNCTION denorm.capture_1() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
        " AS 'BEGIN RETURN NULL; END'",
        {FUNCTION: "edited"},
    ),
    "no longer as its owner": ("ALTER FUNCTION denorm.capture_1() SECURITY INVOKER", {FUNCTION: "edited"}),
    "another setting": ("ALTER FUNCTION denorm.capture_1() SET TimeZone = 'Asia/Tokyo'", {FUNCTION: "edited"}),
    "a function of another version": (
        "COMMENT ON FUNCTION denorm.capture_1() IS 'denorm_assets 000000000000'",
        {FUNCTION: "outdated"},
    ),
    "a trigger dropped": ("DROP TRIGGER trg_denorm_update ON items", {"trigger app.items, update": "missing"}),
    "a trigger disabled": (
        "ALTER TABLE items DISABLE TRIGGER trg_denorm_delete",
        {"trigger app.items, delete": "disabled"},
    ),
    "a trigger for replicas only": (
        "ALTER TABLE items ENABLE REPLICA TRIGGER trg_denorm_delete",
        {"trigger app.items, delete": "disabled"},
    ),
    "a trigger with a condition": (
        "CREATE OR REPLACE TRIGGER trg_denorm_insert AFTER INSERT ON items REFERENCING NEW TABLE AS new_rows"
        " FOR EACH STATEMENT WHEN (false) EXECUTE FUNCTION denorm.capture_1()",
        {"trigger app.items, insert": "edited"},
    ),
    "an edited function of the control schema": (
        "CREATE OR REPLACE FUNCTION denorm.recompute_now(changed_source integer, images denorm.image[]) RETURNS void"
        " LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN END'",
        {"control function denorm.recompute_now": "edited"},
    ),
}


@pytest.mark.parametrize("what", DONE)
@pytest.mark.parametrize("refresh", [Debounced(NOW), Realtime(NOW), Full(NOW)], ids=["debounced", "realtime", "full"])
def test_catalog_capture_edited_fails_and_apply_fixes_missed_changes(
    live: Callable[..., Case], refresh: Refresh, what: str
) -> None:
    case = live(refresh)
    done, told = DONE[what]
    case.run(done)
    assert drift(case) == told
    outdated = set(told.values()) == {"outdated"}
    assert check(case) == (False, outdated)
    with case.connect() as connection:
        connection.execute("INSERT INTO items VALUES (1000, 1, 'perhaps unseen'); DELETE FROM items WHERE id = 7")
        connection.execute("UPDATE items SET body = 'perhaps unseen' WHERE id = 3")
    apply_system(case.database, case.system)
    assert drift(case) == {}
    case.refresh_if_due()
    case.assert_right()
    with case.connect() as connection:
        connection.execute("UPDATE items SET body = 'seen' WHERE id = 4")
    case.refresh_if_due()
    case.assert_right()


def test_kept_fresh_capture_function_edited_fails(live: Callable[..., Case]) -> None:
    case = live()
    case.run("ALTER FUNCTION denorm.capture_1() SECURITY INVOKER")
    with case.database.session("app") as session:
        result = kept_fresh(session, "shop/links", case.registered(), model_capture(session, case.system, case.model))
    assert not result.passed
    assert [dict(row) for row in result.rows] == [{"fault": "capture function edited", "detail": "app.items"}]
    assert "run `denorm-assets apply`" in result.summary


RELATIONS = {
    "a column retyped": ("ALTER TABLE links ALTER body TYPE varchar", "table app.links", "edited", True),
    "a column added": ("ALTER TABLE links ADD more int", "table app.links", "edited", True),
    "another version": (
        "COMMENT ON TABLE links IS 'denorm_assets read model shop/links, code version 000000000000'",
        "table app.links",
        "outdated",
        False,
    ),
    "another's table": ("COMMENT ON TABLE links IS NULL", "table app.links", "edited", True),
    "gone": ("DROP TABLE links", "table app.links", "missing", True),
    "without its key": (
        "ALTER TABLE links DROP CONSTRAINT links_pkey; DROP INDEX links_owner_id_key",
        "key app.links (id)",
        "missing",
        True,
    ),
    "an index gone": ("DROP INDEX links_body_idx", "index app.links_body_idx", "missing", False),
    "another index of that name": (
        "DROP INDEX links_body_idx; CREATE INDEX links_body_idx ON links (owner)",
        "index app.links_body_idx",
        "edited",
        False,
    ),
    "a unique index gone": ("DROP INDEX links_owner_id_key", "index app.links_owner_id_key", "missing", True),
    "an invalid index": (
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'links_body_idx'::regclass",
        "index app.links_body_idx",
        "disabled",
        False,
    ),
    "an index of another declaration": (
        "COMMENT ON INDEX links_body_idx IS 'denorm_assets 000000000000'",
        "index app.links_body_idx",
        "outdated",
        False,
    ),
    "a foreign key gone": (
        "ALTER TABLE links DROP CONSTRAINT links_owner_fkey",
        "foreign key app.links.links_owner_fkey",
        "missing",
        False,
    ),
    "a foreign key not validated": (
        "ALTER TABLE links DROP CONSTRAINT links_owner_fkey; ALTER TABLE links ADD CONSTRAINT links_owner_fkey"
        " FOREIGN KEY (owner) REFERENCES owners ON UPDATE CASCADE ON DELETE CASCADE NOT VALID",
        "foreign key app.links.links_owner_fkey",
        "disabled",
        False,
    ),
    "a foreign key that does not cascade": (
        "ALTER TABLE links DROP CONSTRAINT links_owner_fkey; ALTER TABLE links ADD CONSTRAINT links_owner_fkey"
        " FOREIGN KEY (owner) REFERENCES owners",
        "foreign key app.links.links_owner_fkey",
        "edited",
        False,
    ),
}


@pytest.mark.parametrize("what", RELATIONS)
def test_catalog_relation_changed_names_state_and_remedy(live: Callable[..., Case], what: str) -> None:
    case = live()
    done, name, state, serious = RELATIONS[what]
    case.run(done)
    found = {key: value for key, value in objects(case).items() if value.state != "installed"}
    assert found[name].state == state
    assert found[name].remedy
    assert check(case) == (False, not serious)
    assert any(each.is_serious for each in found.values()) == serious


def test_system_objects_index_with_other_columns_and_our_comment_is_edited(live: Callable[..., Case]) -> None:
    case = live()
    comment = case.value("SELECT obj_description('links_body_idx'::regclass)")
    case.run("DROP INDEX links_body_idx; CREATE INDEX links_body_idx ON links (body DESC)")
    case.run(f"COMMENT ON INDEX links_body_idx IS '{comment}'")
    found = objects(case)["index app.links_body_idx"]
    assert (found.state, found.remedy.partition(",")[0]) == ("edited", "DROP INDEX app.links_body_idx")


def test_system_objects_missing_phase_index_is_found(live: Callable[..., Case]) -> None:
    case = live()
    [phase] = case.system.phases
    wanted = on("items", Index("owner"), query="page")
    object.__setattr__(phase, "indexes", (wanted,))
    assert drift(case) == {"index app.items_owner_idx": "missing"}
    apply_system(case.database, case.system)
    assert drift(case) == {}


def test_system_objects_before_apply_shows_only_control_schema(make_case: MakeCase) -> None:
    case = make_case(ITEMS, "SELECT id, body FROM items", apply=False)
    [found] = objects(case).values()
    assert (found.kind, found.state) == ("control schema", "missing")
    assert found.remedy.startswith("run `denorm-assets apply`")


def test_system_objects_before_backfill_misses_nothing(make_case: MakeCase) -> None:
    case = make_case(ITEMS, "SELECT id, body FROM items", indexes=[Index("body")])
    assert drift(case) == {}


def test_system_objects_source_gone_names_source_and_definition(live: Callable[..., Case]) -> None:
    case = live()
    case.run("ALTER TABLE items DROP COLUMN body")
    assert drift(case) == {"source app.items": "edited", "definition shop/links": "edited"}
    case.run("DROP TABLE items")
    assert drift(case) == {"source app.items": "missing", "definition shop/links": "edited"}
    assert check(case) == (False, False)
