"""Nothing goes live, and no check passes, unless capture is on every source that the declaration names."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from denorm_assets.db.apply.apply import apply_system
from denorm_assets.db.apply.catalog_drift import catalog_check, system_objects
from denorm_assets.db.apply.uninstall import uninstall
from denorm_assets.db.capture.declared import model_capture
from denorm_assets.db.capture.install import install_capture
from denorm_assets.db.capture.plan import CapturePlan
from denorm_assets.db.health.kept_fresh import kept_fresh
from denorm_assets.db.health.monitoring import monitor
from denorm_assets.db.introspection.sources import model_sources
from denorm_assets.errors import DenormError, NotApplied, NotCaptured
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime, Refresh
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, System
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case, together
from tests.support.killing import killed_at_each_statement

NOW = Debounce(quiet=0, max_wait=0)
ITEMS = """
CREATE TABLE owners (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE items (id bigint PRIMARY KEY, owner bigint NOT NULL, body text NOT NULL);
INSERT INTO owners SELECT n, 'owner ' || n FROM generate_series(1, 5) AS n;
INSERT INTO items SELECT n, n % 5 + 1, 'item ' || n FROM generate_series(1, 50) AS n;
"""
JOINED = "SELECT i.id, o.name FROM items AS i JOIN owners AS o ON o.id = i.owner"
ALONE = "SELECT i.id, i.body AS name FROM items AS i"
KINDS = [Realtime(NOW), Debounced(NOW), Full(NOW)]
NAMES = ["realtime", "debounced", "full"]


@pytest.fixture
def make(make_case: MakeCase) -> Callable[..., Case]:
    """A function that makes a case of one kind: with ID ranges, but for a view."""

    def make(refresh: Refresh, *, ranges: bool = True, **declaration: bool) -> Case:
        driving = ("items.id",) if ranges and not isinstance(refresh, Full) else ()
        return make_case(ITEMS, JOINED, refresh=refresh, driving=driving, **declaration)

    return make


def bring_to_life(case: Case) -> None:
    """What an operator does."""
    if case.model.driving:
        case.load()
        case.finish()
    else:
        case.refresh()


def failing(case: Case) -> dict[str, str]:
    """What the checks that look at capture say, where they fail."""
    with case.database.session("app") as session:
        results = [
            kept_fresh(
                session, case.described().full_name, case.registered(), model_capture(session, case.system, case.model)
            ),
            catalog_check(session, case.system, case.system.phases[0]),
            *(result for result in monitor(session, case.system) if result.name == "queue"),
        ]
        described = case.described()
        declared = (described, model_sources(session, described))
        steps = CapturePlan(session, [declared]).steps([declared])
        planned = [step.name for step in steps if step.action != "keep"]
        objects = [found for found in system_objects(session, case.system) if found.is_serious]
    assert bool(objects) == (not results[1].passed and not results[1].warning_only), results[1]
    found = {result.name: result.summary for result in results if not result.passed and not result.warning_only}
    return {**found, "plan": ", ".join(planned)} if planned else found


LOST = {
    "the dependency": "DELETE FROM denorm.dependency WHERE source_id IN (SELECT id FROM denorm.source"
    " WHERE table_name = 'owners')",
    "all dependencies": "DELETE FROM denorm.dependency",
    "the source": "DELETE FROM denorm.source WHERE table_name = 'owners'",
    "how changes are expanded": "UPDATE denorm.dependency SET expansion = CASE WHEN expansion IS NULL"
    " THEN 'SELECT ''1'' AS anchor FROM images' END",
    "the columns that are logged": "UPDATE denorm.source SET compared_columns = '{id}', logged_columns = '{id}'",
    "the triggers": "DROP TRIGGER trg_denorm_insert ON owners; DROP TRIGGER trg_denorm_update ON owners",
    "the functions": "DO $$ DECLARE f text; BEGIN FOR f IN SELECT oid::regprocedure FROM pg_proc"
    " WHERE proname LIKE 'capture\\_%' AND pronamespace = 'denorm'::regnamespace"
    " LOOP EXECUTE 'DROP FUNCTION ' || f || ' CASCADE'; END LOOP; END $$",
    "the table": "CREATE TABLE fresh (LIKE owners INCLUDING ALL); INSERT INTO fresh TABLE owners;"
    " DROP TABLE owners CASCADE; ALTER TABLE fresh RENAME TO owners",
}


def with_models(case: Case, model: ReadModel, name: str = "shop") -> Case:
    """Another declaration for the same database."""
    return Case(case.database, case.url, System(name, "app", (Phase("phase_1", (model,)),)), model)


CHECKS = {"kept_fresh", "catalog", "queue", "plan"}


@pytest.mark.parametrize("refresh", KINDS, ids=NAMES)
@pytest.mark.parametrize("lost", [lost for lost in LOST if lost != "the table"])
def test_checks_live_model_lost_capture_fail_until_apply(
    make: Callable[..., Case], refresh: Refresh, lost: str
) -> None:
    case = make(refresh)
    bring_to_life(case)
    assert failing(case) == {}
    case.run(LOST[lost])
    told = failing(case)
    assert set(told) == CHECKS
    assert all("denorm-assets apply" in told[name] for name in CHECKS - {"plan"})
    case.write("UPDATE owners SET name = name || '!' WHERE id = 2; DELETE FROM items WHERE id = 7")
    apply_system(case.database, case.system)
    assert failing(case) == {}
    case.refresh_if_due()
    case.assert_right()
    case.write("UPDATE owners SET name = name || '?' WHERE id = 3")
    case.refresh_if_due()
    case.assert_right()


@pytest.mark.parametrize(
    ("refresh", "lost"),
    # A view goes with a table that it reads.
    [(kind, lost) for kind in KINDS for lost in LOST if not (isinstance(kind, Full) and lost == "the table")],
)
def test_finish_capture_lost_while_loading_is_refused_until_apply(
    make: Callable[..., Case], refresh: Refresh, lost: str
) -> None:
    case = make(refresh, ranges=not isinstance(refresh, Realtime))
    if case.model.driving:
        case.load()
    case.run(LOST[lost])
    # Unseen, and within what was loaded already.
    case.write("UPDATE owners SET name = name || '!' WHERE id = 2")
    assert set(failing(case)) >= CHECKS - {"catalog"}
    with pytest.raises(NotCaptured, match="denorm-assets apply"):
        bring_to_life(case)
    assert case.registered().state != "live"
    apply_system(case.database, case.system)
    bring_to_life(case)
    assert (case.registered().state, failing(case)) == ("live", {})
    case.refresh_if_due()
    case.assert_right()


def test_backfill_without_capture_names_each_source_and_fault(make: Callable[..., Case]) -> None:
    case = make(Debounced(NOW))
    case.run("DELETE FROM denorm.source WHERE table_name = 'items'; DROP TRIGGER trg_denorm_delete ON owners")
    with pytest.raises(NotCaptured) as caught:
        case.load()
    assert "app.items: capture is not installed" in str(caught.value)
    assert "app.owners, delete: trigger missing" in str(caught.value)


@pytest.mark.parametrize("refresh", KINDS, ids=NAMES)
def test_refresh_capture_ended_by_older_apply_is_refused_until_apply(
    make: Callable[..., Case], refresh: Refresh
) -> None:
    """A deploy of the version before ends the capture of a source that it does not read, and dies."""
    case = make(refresh, ranges=False)
    bring_to_life(case)
    case.redefine(ALONE)
    with case.database.session("app") as session:
        described = case.described()
        sources = model_sources(session, described)
        install_capture(session, described, sources, case.registered().model_id, serves_old=True)
    case.redefine(JOINED)
    assert case.registered().state == "needs_rebuild"
    case.write("UPDATE owners SET name = name || '!' WHERE id = 2")
    with pytest.raises(NotCaptured, match="owners"):
        bring_to_life(case)
    assert case.registered().state == "needs_rebuild"
    apply_system(case.database, case.system)
    case.refresh_if_due()
    case.assert_right()
    assert failing(case) == {}


@pytest.mark.parametrize("refresh", [Debounced(NOW), Full(NOW)], ids=["debounced", "full"])
def test_uninstall_killed_refresh_goes_live_only_with_capture(
    make: Callable[..., Case], monkeypatch: pytest.MonkeyPatch, refresh: Refresh
) -> None:
    case = make(refresh, ranges=False)
    bring_to_life(case)

    def work() -> None:
        uninstall(case.database, case.system)

    for _ in killed_at_each_statement(case.url, monkeypatch, work, 2):
        case.write("UPDATE owners SET name = name || '!' WHERE id = 2")
        try:
            bring_to_life(case)
            live = case.registered().state == "live"
        except DenormError:
            live = False
        if live:
            assert failing(case) == {}
            case.assert_right()


def test_install_capture_by_overtaken_apply_is_refused(make: Callable[..., Case]) -> None:
    case = make(Debounced(NOW))
    path = case.model.definition.path.with_name("older.sql")
    path.write_text(ALONE, encoding="utf-8")
    older = with_models(case, replace(case.model, definition=SqlFile(path)))
    described, model_id = older.described(), case.registered().model_id
    with case.database.session("app") as session:
        sources = model_sources(session, described)
        with pytest.raises(NotApplied):
            install_capture(session, described, sources, model_id)
    bring_to_life(case)
    assert failing(case) == {}
    with case.database.session("app") as session:
        install_capture(session, described, sources, model_id)
    assert case.registered().state == "needs_rebuild"
    apply_system(case.database, case.system)
    assert (case.registered().state, failing(case)) == ("live", {})


def test_apply_many_systems_at_once_log_columns_of_all(make_case: MakeCase, tmp_path: Path) -> None:
    columns = 6
    case = make_case(
        "CREATE TABLE items (id bigint PRIMARY KEY, "
        + ", ".join(f"c{n} bigint NOT NULL" for n in range(columns))
        + "); INSERT INTO items SELECT n, "
        + ", ".join("n" for _ in range(columns))
        + " FROM generate_series(1, 20) AS n",
        "SELECT id FROM items",
        refresh=Debounced(NOW),
        apply=False,
    )
    others: list[Case] = []
    for n in range(columns):
        path = tmp_path / f"model_{n}.sql"
        path.write_text(f"SELECT c{n} AS id, count(*) AS items FROM items GROUP BY c{n}", encoding="utf-8")
        model = replace(case.model, name=f"model_{n}", definition=SqlFile(path), backfill=None)
        others.append(with_models(case, model, name=f"system_{n}"))
    case.apply()
    waiting = iter(others)
    lock = threading.Lock()

    def apply_one() -> None:
        with lock:
            other = next(waiting)
        other.apply()

    together(columns, apply_one)
    for other in others:
        other.refresh()
    case.write(
        "UPDATE items SET " + ", ".join(f"c{n} = c{n} + {n + 1} * 100" for n in range(columns)) + " WHERE id < 9"
    )
    for other in others:
        other.refresh_if_due()
        other.assert_right()
        assert failing(other) == {}


def test_checks_partition_detached_fail_until_apply(make_case: MakeCase) -> None:
    """Its rows went without a trigger, and no trigger is lost: only the list of partitions tells."""
    case = make_case(
        "CREATE TABLE items (id bigint PRIMARY KEY, body text) PARTITION BY RANGE (id);"
        "CREATE TABLE low PARTITION OF items FOR VALUES FROM (0) TO (100);"
        "CREATE TABLE high PARTITION OF items FOR VALUES FROM (100) TO (200);"
        "INSERT INTO items VALUES (1, 'one'), (101, 'more')",
        "SELECT id, body FROM items",
        refresh=Debounced(NOW),
    )
    bring_to_life(case)
    case.run("ALTER TABLE items DETACH PARTITION high")
    assert set(failing(case)) == CHECKS
    apply_system(case.database, case.system)
    case.refresh_if_due()
    case.assert_right()
    assert failing(case) == {}


def test_model_capture_locked_source_reports_no_fault(make: Callable[..., Case]) -> None:
    case = make(Debounced(NOW))
    bring_to_life(case)
    with psycopg.connect(case.url) as other:
        other.execute("LOCK TABLE app.owners IN ACCESS EXCLUSIVE MODE")
        with case.database.session("app") as session:
            capture = model_capture(session, case.system, case.model)
        assert capture.faults == []
