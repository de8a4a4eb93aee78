"""Soft deletes on tables in use: what a DELETE through the view does, and what is left after kills and undoing."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg

from denorm_assets.db.apply.apply import apply_system
from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.db.apply.uninstall import uninstall
from denorm_assets.db.postgres.compose import show
from denorm_assets.db.postgres.session import Session
from denorm_assets.db.table_changes.phase_work import undo_work
from denorm_assets.db.table_changes.soft_deletes.mark import plan_soft_deletes
from denorm_assets.errors import CannotSoftDelete, DependedOn, LockHeld, MarkedMeanwhile, WorkNotUndone
from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.refresh import Full
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase
from denorm_assets.sql.statement import Statement
from tests.support.case import as_role
from tests.support.killing import killed_at_each_statement
from tests.support.soft_deleting import Marking


def test_soft_delete_through_view_marks_row_and_counts_it(shop: Marking) -> None:
    shop.apply()
    assert shop.run("DELETE FROM app.items_live WHERE id IN (2, 3, 99)") == 2
    assert shop.rows("SELECT id, deleted_at <= now() FROM app.items WHERE deleted_at IS NOT NULL ORDER BY id") == [
        (2, True),
        (3, True),
    ]
    assert shop.value("SELECT array_agg(id ORDER BY id) FROM app.items_live") == [1, 4, 5, 6, 7, 8, 9, 10]
    assert shop.run("DELETE FROM app.items_live WHERE id = 2") == 0, "it is gone already"
    assert shop.rows("DELETE FROM app.items_live WHERE id = 4 RETURNING id, body") == [(4, "item 4")]


def test_soft_delete_composite_key_finds_its_row(shop: Marking) -> None:
    shop.apply()
    assert shop.run("DELETE FROM app.notes_live WHERE number = 5") == 1
    assert shop.rows("SELECT item_id, number FROM app.notes WHERE deleted_at IS NOT NULL") == [(3, 5)]


def test_soft_delete_row_with_cascading_children_marks_them_too(shop: Marking) -> None:
    shop.run(
        "CREATE TABLE app.prices (item_id int REFERENCES app.items ON DELETE SET NULL, id int PRIMARY KEY);"
        " INSERT INTO app.prices VALUES (1, 1)"
    )
    shop = shop.of("owners", "items", "notes", "prices")
    shop.apply()
    assert shop.run("DELETE FROM app.owners_live WHERE name = 'ann'") == 1
    assert shop.value("SELECT count(*) FROM app.items_live") == shop.value("SELECT count(*) FROM app.notes_live") == 0
    assert shop.value("SELECT count(DISTINCT deleted_at) FROM (TABLE app.items UNION ALL TABLE app.items) AS i") == 1
    assert shop.rows("SELECT item_id FROM app.prices_live") == [(1,)]


def test_soft_delete_circular_references_marks_each_row_once(shop: Marking) -> None:
    shop.run("ALTER TABLE app.items ADD COLUMN next_id int REFERENCES app.items ON DELETE CASCADE")
    shop.run("UPDATE app.items SET next_id = 1 + id % 3 WHERE id <= 3")
    shop.apply()
    assert shop.run("DELETE FROM app.items_live WHERE id <= 2") == 1, "the other one went along"
    assert shop.value("SELECT array_agg(id ORDER BY id) FROM app.items WHERE deleted_at IS NOT NULL") == [1, 2, 3]


def test_live_view_insert_and_update_write_to_table(shop: Marking) -> None:
    shop.apply()
    shop.run("INSERT INTO app.items_live (id, body) VALUES (11, 'new')")
    shop.run("UPDATE app.items_live SET body = 'changed' WHERE id = 11")
    assert shop.rows("SELECT body, deleted_at FROM app.items WHERE id = 11") == [("changed", None)]
    shop.run("DELETE FROM app.items_live WHERE id = 11")
    assert shop.run("UPDATE app.items_live SET body = 'late' WHERE id = 11") == 0


def test_apply_soft_deletes_second_time_changes_nothing(shop: Marking) -> None:
    assert shop.actions() == {"migrate", "create"}
    assert {step.action for step in shop.apply()} == {"migrate", "create"}
    before = shop.catalog()
    assert {step.action for step in shop.apply()} == {"keep"}
    assert shop.catalog() == before
    assert shop.value("SELECT indexdef FROM pg_indexes WHERE indexname = 'items_deleted_at_idx'").endswith(
        "(deleted_at) WHERE (deleted_at IS NOT NULL)"
    )


@pytest.mark.parametrize(
    "damage",
    [
        "DROP INDEX app.items_deleted_at_idx",
        "DROP VIEW app.items_live",
        "DROP TRIGGER trg_denorm_soft_delete ON app.items_live",
        "ALTER VIEW app.items_live RESET (security_invoker)",
        "CREATE OR REPLACE VIEW app.items_live AS SELECT id, owner_id, body FROM app.items",
        "ALTER TABLE app.items ADD COLUMN more int",
        "DO $$ BEGIN EXECUTE replace((SELECT pg_get_functiondef(tgfoid) FROM pg_trigger WHERE tgrelid ="
        " 'app.items_live'::regclass), 'pg_catalog.now()', 'NULL'); END $$",
    ],
)
def test_apply_soft_deletes_damaged_object_is_fixed(shop: Marking, damage: str) -> None:
    shop.apply()
    shop.run("DELETE FROM app.items_live WHERE id = 2")
    shop.run(damage)
    assert [step.action for step in shop.plan()].count("keep") == len(shop.plan()) - 1
    shop.apply()
    assert shop.actions() == {"keep"}
    assert shop.run("DELETE FROM app.items_live WHERE id = 3") == 1
    assert shop.value("SELECT count(*) FROM app.items") == 10
    assert shop.value("SELECT count(*) FROM app.items_live") == 8


def test_live_view_text_identifier_replaced_by_uuid_is_hidden(shop: Marking) -> None:
    shop.run(
        "CREATE TABLE app.old (id text PRIMARY KEY, uid uuid NOT NULL DEFAULT gen_random_uuid(), owner text, owner_uid"
        " uuid); COMMENT ON COLUMN app.old.uid IS 'denorm_assets in place of id';"
        " COMMENT ON COLUMN app.old.owner_uid IS 'denorm_assets in place of owner';"
        " INSERT INTO app.old VALUES ('a'), ('b')"
    )
    old = shop.of("old")
    old.apply()
    # The row is still found by it.
    assert old.rows("SELECT * FROM app.old_live WHERE false") == []
    assert columns(old, "old_live") == ["id", "uid", "owner_uid"]
    old.run("DELETE FROM app.old_live WHERE id = 'a'")
    old.run("GRANT SELECT ON app.old_live TO PUBLIC")
    old.run("ALTER TABLE app.old DROP CONSTRAINT old_pkey, ADD PRIMARY KEY (uid)")
    old.apply()
    assert columns(old, "old_live") == ["uid", "owner_uid"]
    assert old.run("DELETE FROM app.old_live") == 1
    assert old.value("SELECT relacl::text FROM pg_class WHERE relname = 'old_live'").endswith("=r/postgres}")
    old.run("ALTER TABLE app.old DROP COLUMN id")


def test_soft_delete_text_foreign_key_beside_uuid_still_marks_children(shop: Marking) -> None:
    """As it is between adding `uuid` columns and moving foreign keys to them."""
    shop.run("ALTER TABLE app.items ADD owner_uid uuid")
    shop.run("COMMENT ON COLUMN app.items.owner_uid IS 'denorm_assets in place of owner_id'")
    shop.apply()
    shop.run("DELETE FROM app.owners_live WHERE name = 'ann'")
    assert shop.value("SELECT count(*) FROM app.items_live") == 0


def test_live_view_uuid_column_with_old_name_is_shown(shop: Marking) -> None:
    shop.run("COMMENT ON COLUMN app.items.body IS 'denorm_assets in place of body'")
    shop.apply()
    assert columns(shop, "items_live") == ["id", "owner_id", "body"]


def columns(shop: Marking, view: str) -> list[str]:
    return shop.value(
        f"SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'app.{view}'::regclass"
    )


def test_soft_deletes_existing_deleted_at_needs_keep_days_and_is_kept(shop: Marking) -> None:
    shop.run("ALTER TABLE app.items ADD COLUMN deleted_at timestamptz; CREATE INDEX ON app.items (deleted_at)")
    shop.run("UPDATE app.items SET deleted_at = now() WHERE id > 5")
    with pytest.raises(CannotSoftDelete, match=r"app.items cannot .* a column deleted_at of its own.*Say how long"):
        shop.apply()
    shop.keep_days = 365
    shop.apply()
    assert shop.value("SELECT count(*) FROM app.items_live") == 5
    assert shop.actions() == {"keep"}
    shop.undo()
    assert shop.value("SELECT count(deleted_at) FROM app.items") == 5, "it is not ours to drop"
    assert shop.value("SELECT count(*) FROM pg_indexes WHERE indexname = 'items_deleted_at_idx'") == 1


@pytest.mark.parametrize(
    ("ddl", "problem"),
    [
        ("ALTER TABLE app.items ADD COLUMN deleted_at boolean", "its column deleted_at is of the type boolean"),
        ("ALTER TABLE app.items DROP CONSTRAINT items_pkey CASCADE", "it has no primary key to find a row by"),
        ("CREATE VIEW app.items_live AS SELECT 1 AS id", "app.items_live exists already and was not created"),
        ("DROP TABLE app.items CASCADE", "there is no such table"),
    ],
)
def test_soft_deletes_unsuitable_table_is_refused_unchanged(shop: Marking, ddl: str, problem: str) -> None:
    shop.run(ddl)
    before = shop.catalog()
    with pytest.raises(CannotSoftDelete, match=problem):
        shop.apply()
    assert shop.catalog() == before


def test_live_view_grants_and_row_security_follow_table(shop: Marking) -> None:
    shop.run(
        "DROP ROLE IF EXISTS keeper; DROP ROLE IF EXISTS reader; CREATE ROLE keeper LOGIN PASSWORD 'k';"
        " CREATE ROLE reader LOGIN PASSWORD 'r'; GRANT USAGE ON SCHEMA app TO keeper, reader;"
        " GRANT SELECT, UPDATE, DELETE ON app.items, app.notes TO keeper; GRANT SELECT ON app.items TO reader"
    )
    shop.apply()
    keeper = Marking(shop.database, as_role(shop.url, "keeper", "k"))
    reader = Marking(shop.database, as_role(shop.url, "reader", "r"))
    assert keeper.run("DELETE FROM app.items_live WHERE id = 1") == 1
    assert reader.value("SELECT count(*) FROM app.items_live") == 9
    with pytest.raises(pg.InsufficientPrivilege):
        reader.run("DELETE FROM app.items_live WHERE id = 2")
    with pytest.raises(pg.InsufficientPrivilege):
        reader.rows("SELECT * FROM app.notes_live")
    # Granted more for the view alone, it still has to have the right to change the row.
    shop.run("GRANT DELETE ON app.items_live TO reader")
    with pytest.raises(pg.InsufficientPrivilege):
        reader.run("DELETE FROM app.items_live WHERE id = 2")
    shop.run("ALTER TABLE app.items ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON app.items USING (id > 5)")
    assert keeper.run("DELETE FROM app.items_live WHERE id IN (2, 7)") == 1
    shop.run("DROP OWNED BY keeper, reader; DROP ROLE keeper; DROP ROLE reader")


def test_soft_delete_table_trigger_sees_search_path_of_caller(shop: Marking) -> None:
    shop.run(
        "CREATE TABLE app.audit (id int); CREATE FUNCTION app.note() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN INSERT INTO audit VALUES (NEW.id); RETURN NEW; END';"
        " CREATE TRIGGER note BEFORE UPDATE ON app.items FOR EACH ROW EXECUTE FUNCTION app.note()"
    )
    shop.apply()
    shop.run("SET search_path = app; DELETE FROM items_live WHERE id = 1")
    assert shop.rows("SELECT id FROM app.audit") == [(1,)]


def test_apply_soft_deletes_view_read_by_other_is_not_replaced(shop: Marking) -> None:
    shop.apply()
    shop.run("CREATE VIEW app.mine AS SELECT id FROM app.items_live")
    shop.run("COMMENT ON COLUMN app.items.owner_id IS 'denorm_assets in place of body'")
    before = shop.catalog()
    with pytest.raises(DependedOn, match=r"depend on app\.items_live: view (app\.)?mine\."):
        shop.apply()
    assert shop.catalog() == before
    with pytest.raises(WorkNotUndone, match=r"view (app\.)?mine read app\.items_live"):
        shop.undo()


def test_abort_soft_deletes_leaves_nothing_behind(shop: Marking) -> None:
    before = shop.catalog()
    shop.apply()
    assert shop.catalog() != before
    shop.undo()
    assert shop.catalog() == before
    assert shop.undo() == []
    shop.apply()
    assert shop.run("DELETE FROM app.items_live WHERE id = 1") == 1


def test_abort_and_uninstall_soft_deletes_need_purge_then_restore_tables(shop: Marking) -> None:
    before = shop.catalog()
    apply_system(shop.database, shop.system)
    assert {step.action for step in plan_system(shop.database, shop.system).steps} == {"keep"}
    shop.run("DELETE FROM app.items_live WHERE id = 9")
    phase = shop.system.phases[0]
    for take_back in (
        lambda: undo_work(shop.database, shop.system, phase),
        lambda: uninstall(shop.database, shop.system),
    ):
        with pytest.raises(WorkNotUndone, match=r"1 rows of app\.items are marked as deleted"):
            take_back()
    shop.purge(0)
    undo_work(shop.database, shop.system, phase)
    assert shop.catalog() == before
    apply_system(shop.database, shop.system)
    uninstall(shop.database, shop.system)
    assert shop.catalog() == before
    assert shop.value("SELECT to_regnamespace('denorm') IS NULL")


def test_apply_soft_deletes_interrupted_index_build_is_rebuilt(shop: Marking) -> None:
    apply_system(shop.database, shop.system)
    shop.run(
        "COMMENT ON INDEX app.items_deleted_at_idx IS NULL; INSERT INTO denorm.index_build (system, table_schema,"
        " index_name) VALUES ('shop', 'app', 'items_deleted_at_idx')"
    )
    apply_system(shop.database, shop.system)
    assert {step.action for step in plan_system(shop.database, shop.system).steps} == {"keep"}
    assert shop.rows("SELECT * FROM denorm.index_build") == []


def test_uninstall_soft_deletes_drops_read_models_first(shop: Marking, tmp_path: Path) -> None:
    (tmp_path / "kept.sql").write_text("SELECT id, body FROM items WHERE deleted_at IS NULL")
    (tmp_path / "seen.sql").write_text("SELECT id FROM items WHERE deleted_at IS NULL")
    kept = ReadModel("kept", SqlFile(tmp_path / "kept.sql"), ("id",), IdRanges("items.id"))
    seen = ReadModel("seen", SqlFile(tmp_path / "seen.sql"), ("id",), refresh=Full())
    system = replace(shop.system, phases=(*shop.system.phases, Phase("phase_2_models", (kept, seen))))
    before = shop.catalog()
    apply_system(shop.database, system)
    with pytest.raises(WorkNotUndone, match=r"materialized view (app\.)?seen, read model shop/\w+"):
        undo_work(shop.database, system, system.phases[0])
    uninstall(shop.database, system)
    assert shop.catalog() == before


def test_abort_soft_deletes_while_rows_marked_is_refused(shop: Marking) -> None:
    shop.apply()
    shop.run("DELETE FROM app.items_live WHERE id < 4")
    before = shop.catalog()
    with pytest.raises(WorkNotUndone, match=r"3 rows of app\.items are marked as deleted.*--older-than-days 0"):
        shop.undo()
    assert shop.catalog() == before
    shop.run("UPDATE app.items SET deleted_at = NULL; UPDATE app.notes SET deleted_at = NULL")
    shop.undo()


def test_abort_soft_deletes_row_marked_meanwhile_keeps_column(shop: Marking, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.apply()
    run = Session._run  # pyright: ignore[reportPrivateUsage]

    def run_late(session: Session, statement: Statement) -> Any:
        if statement.text.startswith("DO") and "DROP VIEW" in show(statement):
            shop.run("DELETE FROM app.items_live WHERE id = 9")
            monkeypatch.undo()
        return run(session, statement)

    monkeypatch.setattr(Session, "_run", run_late)
    with pytest.raises(MarkedMeanwhile, match=r"app\.items was marked as deleted meanwhile.*older-than-days 0"):
        undo_work(shop.database, shop.system, shop.system.phases[0])
    assert shop.value("SELECT count(deleted_at) FROM app.items") == 1


def test_apply_soft_deletes_killed_at_any_statement_resumes(shop: Marking, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = shop.of("items")
    last = 0
    for last in killed_at_each_statement(shop.url, monkeypatch, shop.apply):  # noqa: B007
        shop.apply()
        assert shop.actions() == {"keep"}
        shop.undo()
    shop.apply()
    assert last > 20
    assert shop.run("DELETE FROM app.items_live WHERE id = 1") == 1


def test_apply_and_abort_soft_deletes_fail_no_writer(shop: Marking) -> None:
    done = threading.Event()
    failures: list[Exception] = []

    def write() -> None:
        with psycopg.connect(shop.url, autocommit=True) as connection:
            number = 1_000
            while not done.is_set():
                number += 1
                try:
                    connection.execute("INSERT INTO app.items (id) VALUES (%s)", [number])
                    connection.execute("UPDATE app.items SET body = 'x' WHERE id = %s", [number])
                    connection.execute("DELETE FROM app.items WHERE id = %s", [number])
                except psycopg.Error as error:
                    failures.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(3):
        shop.apply()
        shop.undo()
    done.set()
    writer.join()
    assert failures == []


def test_apply_soft_deletes_table_locked_fails_and_next_apply_completes(
    shop: Marking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("denorm_assets.db.postgres.lock_retry._ATTEMPTS", 2)
    with psycopg.connect(shop.url) as holder:
        holder.execute("SELECT FROM app.items")
        with pytest.raises(LockHeld, match="end that transaction or wait for its end"):
            shop.apply()
    with shop.database.session("app") as session:
        states = {step.name: step.action for step in plan_soft_deletes(session, shop.system, shop.work)}
    assert (states["app.notes_live"], states["app.items.deleted_at"]) == ("keep", "create")
    shop.apply()
    assert shop.actions() == {"keep"}


def test_soft_delete_partitioned_table_marks_through_root(shop: Marking) -> None:
    shop.run(
        "CREATE TABLE app.events (id int, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);"
        " CREATE TABLE app.events_1 PARTITION OF app.events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');"
        " INSERT INTO app.events VALUES (1, '2026-01-05'), (2, '2026-01-06')"
    )
    events = shop.of("events")
    events.apply()
    assert events.actions() == {"keep"}
    assert events.run("DELETE FROM app.events_live WHERE id = 2") == 1
    events.run("UPDATE app.events SET deleted_at = NULL")
    events.undo()


def test_soft_deletes_odd_table_and_column_names_are_quoted(shop: Marking) -> None:
    shop.run('CREATE TABLE app."50%s {x} ""$" ("a %s {b}" text PRIMARY KEY); INSERT INTO app."50%s {x} ""$" VALUES (1)')
    odd = shop.of('50%s {x} "$')
    odd.apply()
    assert odd.run('DELETE FROM app."50%s {x} ""$_live"') == 1
    assert odd.actions() == {"keep"}
    odd.run('UPDATE app."50%s {x} ""$" SET deleted_at = NULL')
    odd.undo()
