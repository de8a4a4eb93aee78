"""What is no longer declared goes with the next apply, and `abort` rolls back a failed apply."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from denorm_assets.db.apply import replace as replacing
from denorm_assets.db.apply.abort import abort
from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.db.postgres import lock_retry
from denorm_assets.errors import LockHeld, NameTaken, StillInUse, UniqueIndexViolated
from denorm_assets.model.index import Index, on
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase
from tests.integration.db.apply import test_rebuilding
from tests.integration.db.apply.test_rebuilding import ADDED, DROPPED, LEFTOVERS, OLD, apply, assert_done, die, planned
from tests.support.case import Case

live = test_rebuilding.live
MakeLive = Callable[..., Case]


def test_apply_undeclared_index_is_dropped(live: MakeLive) -> None:
    case = live(indexes=[Index("body"), Index("id DESC")])
    case.run("CREATE INDEX mine ON links (body DESC)")
    case.redeclare(indexes=(Index("id DESC"),))
    assert planned(case) == {"index links_body_idx": "drop"}
    apply(case)
    assert_done(case)
    names = case.rows("SELECT indexname FROM pg_indexes WHERE tablename = 'links' ORDER BY 1")
    assert names == [("links_id_idx",), ("links_pkey",), ("mine",)]


@pytest.fixture
def two(live: MakeLive, tmp_path: Path) -> Case:
    """A live read model, and another one of the same system, over a source of its own as well."""
    case = live()
    path = tmp_path / "names.sql"
    path.write_text("SELECT o.id, o.name, i.body FROM owners AS o JOIN items AS i ON i.id = o.id")
    names = ReadModel("names", SqlFile(path), ("id",))
    case.system = replace(case.system, phases=(*case.system.phases, Phase("phase_2", (names,))))
    apply(case)
    return case


def without_the_second(case: Case) -> None:
    case.system = replace(case.system, phases=case.system.phases[:1])


def test_apply_undeclared_read_model_is_dropped_with_its_capture(two: Case) -> None:
    without_the_second(two)
    assert planned(two) == {"capture app.owners": "drop", "table app.names": "drop"}
    apply(two)
    assert_done(two)
    assert two.value("SELECT to_regclass('names')") is None
    assert two.rows("SELECT table_name FROM denorm.source") == [("items",)]
    two.run("DROP TABLE owners")


def test_apply_undeclared_read_model_used_by_view_is_refused(two: Case) -> None:
    two.run("CREATE VIEW mine AS SELECT * FROM names")
    without_the_second(two)
    two.redefine(test_rebuilding.SAME)
    for refused in (lambda: apply(two), lambda: planned(two)):
        with pytest.raises(StillInUse, match=r"shop/names was not .* depends on it: view app.mine"):
            refused()
    assert two.registered().code_version != two.described().code_version
    assert two.value("SELECT count(*) FROM denorm.read_model") == 2


def test_apply_and_abort_leftover_of_replace_is_dropped(live: MakeLive, monkeypatch: pytest.MonkeyPatch) -> None:
    case = live()
    before = case.snapshot()
    for undo in (apply, undo_by_abort):
        case.redefine(DROPPED)
        with monkeypatch.context() as killing:
            killing.setattr(replacing, "_take_its_place", die)
            with suppress(KeyboardInterrupt):
                apply(case)
        case.redefine(OLD)
        assert "leftover app.denorm_next_1" in planned(case)
        undo(case)
        assert case.rows(LEFTOVERS) == []
        apply(case)
        case.refresh()
        assert_done(case)
        assert case.snapshot() == before


def test_abort_columns_of_unfinished_version_are_dropped(live: MakeLive, monkeypatch: pytest.MonkeyPatch) -> None:
    case = live()
    case.run("ALTER TABLE links ADD COLUMN mine int")
    case.redefine("SELECT id, body, NULL::int AS mine FROM items")
    apply(case)
    case.redefine("SELECT id, body, NULL::int AS mine, owner AS more FROM items")
    with monkeypatch.context() as killing:
        killing.setattr("denorm_assets.db.apply.rebuild._merge", die)
        with suppress(KeyboardInterrupt):
            apply(case)
    columns = (
        "SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = 'links'::regclass AND attnum > 0 AND NOT attisdropped"
    )
    assert case.value(columns) == "id body mine more"
    steps = abort(case.database, case.system)
    assert [(step.kind, step.name) for step in steps] == [("column", "app.links.more")]
    assert case.value(columns) == "id body mine"
    assert abort(case.database, case.system) == []


@pytest.mark.parametrize("table", ["links", "items"])
def test_abort_invalid_index_of_ours_is_dropped_and_others_kept(live: MakeLive, table: str) -> None:
    case = live()
    if table == "links":
        case.redeclare(indexes=(Index("body", unique=True),))
    else:
        phase = replace(case.system.phases[0], indexes=(on("items", Index("other", unique=True), query="none"),))
        case.system = replace(case.system, phases=(phase,))
    case.run("UPDATE items SET body = 'same', other = 1")
    case.load(again=True)
    with pytest.raises(Exception, match="cannot be built"):
        apply(case)
    with pytest.raises(psycopg.errors.UniqueViolation):
        case.run("CREATE UNIQUE INDEX CONCURRENTLY mine ON items (owner)")
    invalid = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid ORDER BY 1"
    name = "links_body_key" if table == "links" else "items_other_key"
    assert case.rows(invalid) == [(name,), ("mine",)]
    steps = abort(case.database, case.system)
    assert [(step.kind, step.name) for step in steps] == [("index", name)]
    assert case.rows(invalid) == [("mine",)]


def undo_by_abort(case: Case) -> None:
    abort(case.database, case.system)


@pytest.mark.parametrize("undo", [apply, undo_by_abort])
@pytest.mark.parametrize("table", ["links", "items"])
def test_apply_and_abort_undeclared_unfinished_index_is_dropped(
    live: MakeLive, table: str, undo: Callable[[Case], None]
) -> None:
    case = live()
    plain = case.system
    if table == "links":
        case.redeclare(indexes=(Index("body", unique=True, name="declared_once"),))
    else:
        once = on("items", Index("other", unique=True, name="declared_once"), query="none")
        case.system = replace(plain, phases=(replace(plain.phases[0], indexes=(once,)),))
    case.run("UPDATE items SET body = 'same', other = 1")
    case.load(again=True)
    with pytest.raises(UniqueIndexViolated, match="declared_once cannot be built"):
        apply(case)
    for statement in (
        "UNIQUE INDEX CONCURRENTLY mine ON links (body)",
        "UNIQUE INDEX CONCURRENTLY its ON items (other)",
    ):
        with pytest.raises(psycopg.errors.UniqueViolation):
            case.run(f"CREATE {statement}")
    case.system, case.model = plain, plain.read_models[0]
    invalid = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid ORDER BY 1"
    assert case.rows(invalid) == [("declared_once",), ("its",), ("mine",)]
    if undo is apply:
        assert planned(case) == {"index declared_once": "drop"}
    undo(case)
    assert case.rows(invalid) == [("its",), ("mine",)]
    apply(case)
    assert case.rows("SELECT index_name FROM denorm.index_build") == []
    assert planned(case) == {}


@pytest.mark.parametrize("undo", [apply, undo_by_abort])
def test_apply_table_named_like_our_next_relation_is_kept(live: MakeLive, undo: Callable[[Case], None]) -> None:
    case = live()
    case.run("CREATE TABLE denorm_next_1 AS SELECT 1 AS mine")
    assert planned(case) == {}
    undo(case)
    case.redefine(DROPPED)
    with pytest.raises(NameTaken, match=r"app.denorm_next_1 exists already and was not created by"):
        apply(case)
    assert case.value("SELECT mine FROM denorm_next_1") == 1
    case.run("DROP TABLE denorm_next_1")
    apply(case)
    assert_done(case)


def test_abort_table_locked_names_holder(live: MakeLive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock_retry, "_ATTEMPTS", 2)
    case = live()
    case.redefine(ADDED)
    with monkeypatch.context() as killing:
        killing.setattr("denorm_assets.db.apply.rebuild._merge", die)
        with suppress(KeyboardInterrupt):
            apply(case)
    with case.connect() as reader, reader.transaction():
        reader.execute("SELECT count(*) FROM links")
        with pytest.raises(LockHeld, match=f"Process {reader.info.backend_pid} of"):
            abort(case.database, case.system)
    assert len(abort(case.database, case.system)) == 1
    assert plan_system(case.database, case.system).steps[-1].name
