"""`apply` loses nothing that people read, or that takes long to load again, unless a person agrees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from denorm_assets.db.apply import create_tables
from denorm_assets.db.apply.apply import apply_system, create_phase
from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.db.control.feature_flags import set_flag
from denorm_assets.db.plan.consent import NO_CONSENT
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import StillInUse, WouldBeLost
from denorm_assets.model.index import Index
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Full
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Cutover, Phase
from tests.integration.db.apply import test_rebuilding
from tests.integration.db.apply.test_ownership import ALL, of_the_release_before
from tests.integration.db.apply.test_rebuilding import DROPPED, SAME, apply, assert_done
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case
from tests.support.live import AGREED

live = test_rebuilding.live
MakeLive = Callable[..., Case]


@pytest.fixture
def two(live: MakeLive, tmp_path: Path) -> Case:
    """Two live read models of one system with a cutover, each in a phase of its own; `links` is the first."""
    case = live()
    path = tmp_path / "names.sql"
    path.write_text("SELECT o.id, o.name FROM owners AS o")
    names = ReadModel("names", SqlFile(path), ("id",))
    case.system = replace(
        case.system,
        phases=(*case.system.phases, Phase("phase_2", (names,))),
        cutover=Cutover("shop_flag", "items", judged_from=10**9),
    )
    apply(case)
    first, case.model = case.model, names
    case.refresh()
    case.model = first
    return case


def planned(case: Case) -> dict[str, str]:
    """What would be lost: kind and name -> what."""
    return {
        f"{step.kind} {step.name}": step.loses for step in plan_system(case.database, case.system).steps if step.loses
    }


def another_branch(case: Case) -> None:
    case.system = replace(case.system, phases=case.system.phases[:1])


def no_phase(case: Case) -> None:
    case.system = replace(case.system, phases=())


def emptied_phase(case: Case) -> None:
    case.system = replace(case.system, phases=(case.system.phases[0], Phase("phase_2")))


def another_name(case: Case) -> None:
    [first, last] = case.system.phases
    renamed = replace(last.read_models[0], name="people")
    case.system = replace(case.system, phases=(first, replace(last, read_models=(renamed,))))


WITHOUT = [another_branch, no_phase, emptied_phase, another_name]


@pytest.mark.parametrize("without", WITHOUT)
def test_apply_undeclared_live_model_is_kept_without_consent(two: Case, without: Callable[[Case], None]) -> None:
    without(two)
    before = two.rows(ALL)
    assert planned(two)["table app.names"] == "live, 20 rows"
    for _ in range(2):
        with pytest.raises(WouldBeLost, match=r"table app.names \(drop\): live, 20 rows"):
            apply_system(two.database, two.system)
    assert two.rows(ALL) == before
    apply_system(two.database, two.system, AGREED)
    assert two.value("SELECT to_regclass('names')") is None
    assert planned(two) == {}


@pytest.mark.parametrize("declared", [True, False], ids=["with its cutover", "without it"])
def test_apply_undeclared_model_behind_feature_flag_is_refused(two: Case, declared: bool) -> None:
    with two.database.session() as session:
        set_flag(session, two.system, 100, "ready")
    another_branch(two)
    if not declared:
        two.system = replace(two.system, cutover=None)
    before = two.rows(ALL)
    for refused in (
        lambda: plan_system(two.database, two.system).steps,
        lambda: apply_system(two.database, two.system, AGREED),
    ):
        with pytest.raises(StillInUse, match=r"shop/names was not dropped: its flag shop_flag is on for 100 %"):
            refused()
    assert two.rows(ALL) == before


def test_apply_undeclared_loaded_model_asks_and_empty_one_is_dropped(two: Case) -> None:
    another_branch(two)
    two.run("UPDATE denorm.read_model SET state = 'loading' WHERE name = 'names'")
    assert planned(two) == {"table app.names": "loading, 20 rows"}
    two.run("DELETE FROM names")
    assert planned(two) == {}
    apply_system(two.database, two.system)
    assert two.value("SELECT to_regclass('names')") is None


def test_apply_undeclared_unfilled_view_is_dropped_without_consent(two: Case) -> None:
    [first, last] = two.system.phases
    unfilled = replace(last.read_models[0], name="unfilled", refresh=Full())
    two.system = replace(two.system, phases=(first, replace(last, read_models=(*last.read_models, unfilled))))
    apply_system(two.database, two.system)
    two.system = replace(two.system, phases=(first, last))
    assert planned(two) == {}
    apply_system(two.database, two.system)
    assert two.value("SELECT to_regclass('unfilled')") is None


def test_apply_undeclared_model_of_release_before_needs_consent(two: Case) -> None:
    another_branch(two)
    of_the_release_before(two)
    assert planned(two) == {"table app.names": "live, 20 rows"}
    with pytest.raises(WouldBeLost):
        apply_system(two.database, two.system)
    assert two.value("SELECT count(*) FROM names") == 20


def test_create_phase_undeclared_model_of_other_phase_is_kept(two: Case) -> None:
    another_branch(two)
    two.redefine(SAME)
    create_phase(two.database, two.system, two.system.phases[0])
    assert two.value("SELECT count(*) FROM names") == 20


def test_apply_other_system_keeps_read_models_of_first(two: Case, tmp_path: Path) -> None:
    path = tmp_path / "others.sql"
    path.write_text("SELECT id, name FROM owners")
    other = replace(two.system, name="store", phases=(Phase("p", (ReadModel("others", SqlFile(path), ("id",)),)),))
    apply_system(two.database, other)
    assert two.rows("SELECT name, state FROM denorm.read_model WHERE system = 'shop' ORDER BY 1") == [
        ("links", "live"),
        ("names", "live"),
    ]
    two.write("UPDATE owners SET name = 'changed'")
    two.model = two.system.read_models[1]
    two.refresh()
    two.assert_right()


def test_apply_dropped_column_of_live_model_needs_consent(live: MakeLive) -> None:
    case = live()
    case.redefine(DROPPED)
    before = case.rows(ALL)
    assert planned(case) == {"table app.links": "its columns body, which people read"}
    for refused in (
        lambda: apply_system(case.database, case.system),
        lambda: case.apply(NO_CONSENT),
    ):
        with pytest.raises(WouldBeLost, match="its columns body, which people read"):
            refused()
    assert case.rows(ALL) == before
    apply(case)
    assert_done(case)


def test_apply_changes_without_loss_need_no_consent(live: MakeLive) -> None:
    case = live()
    for text in (SAME, test_rebuilding.RETYPED, test_rebuilding.ADDED):
        case.redefine(text)
        assert planned(case) == {}
        apply_system(case.database, case.system)
        assert_done(case)
    case.redeclare(refresh=Full(), backfill=None)
    assert planned(case) == {}


def test_apply_undeclared_index_of_live_model_needs_consent(live: MakeLive) -> None:
    case = live(indexes=[Index("body")])
    case.redeclare(indexes=())
    assert planned(case) == {"index links_body_idx": "an index of what people read"}
    with pytest.raises(WouldBeLost):
        apply_system(case.database, case.system)
    assert case.value("SELECT to_regclass('links_body_idx')") == "links_body_idx"


def test_apply_other_shape_of_loaded_table_needs_consent(make_case: MakeCase) -> None:
    case = make_case(test_rebuilding.TABLES, test_rebuilding.OLD)
    case.redefine(DROPPED)
    assert planned(case) == {}, "nothing is loaded yet"
    case.redefine(test_rebuilding.OLD)
    case.load()
    case.redefine(DROPPED)
    assert planned(case) == {"table app.links": "400 rows"}
    with pytest.raises(WouldBeLost):
        case.apply(NO_CONSENT)
    assert case.value("SELECT count(*) FROM links") == 400
    case.apply()
    case.load()
    case.finish()
    assert_done(case)


def test_apply_rolled_back_step_logs_nothing_as_done(make_case: MakeCase, monkeypatch: pytest.MonkeyPatch) -> None:
    case = make_case(test_rebuilding.TABLES, test_rebuilding.OLD, apply=False)
    register, calls = create_tables.register, list[int]()

    def fails(*arguments: object) -> None:
        calls.append(1)
        register(*arguments)  # pyright: ignore[reportArgumentType]
        case.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND query ~ 'INTO denorm.read_model'"
        )

    with monkeypatch.context() as failing:
        failing.setattr(create_tables, "register", fails)
        with pytest.raises(Exception, match=r"terminat|cannot be reached|closed"):
            case.apply()
    assert calls
    assert case.lines == []
    assert case.value("SELECT to_regclass('links')") is None
    case.apply()
    assert case.lines.count("table app.links: create") == 1


def test_apply_retried_step_is_logged_once(make_case: MakeCase, monkeypatch: pytest.MonkeyPatch) -> None:
    case = make_case(test_rebuilding.TABLES, test_rebuilding.OLD, apply=False)
    register, calls = create_tables.register, list[int]()

    def waits(*arguments: object) -> None:
        """The first time, in vain for a lock that somebody else holds."""
        register(*arguments)  # pyright: ignore[reportArgumentType]
        calls.append(1)
        if len(calls) == 1:
            session = cast(Session, arguments[0])
            with case.connect() as holder, holder.transaction():
                holder.execute("LOCK TABLE items")
                session.script("LOCK TABLE app.items")

    monkeypatch.setattr(create_tables, "register", waits)
    case.apply()
    assert len(calls) == 2
    assert [line for line in case.lines if line.endswith(": create")] == ["table app.links: create"]
    assert len({*case.lines}) == len(case.lines)
