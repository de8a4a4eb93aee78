"""The benchmark and the cutover: what they show, when the flag is turned on, and what turns it off."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from denorm_assets.db.control.feature_flags import PROVING_ROWS_WRONG, read_flag, set_flag
from denorm_assets.db.postgres.database import Database
from denorm_assets.definitions.checks.combined import parts_of
from denorm_assets.errors import ConfigurationError
from denorm_assets.extras import LOCUST, MATPLOTLIB
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Cutover, Load, QueryPair, System
from tests.integration.definitions.conftest import Application
from tests.integration.definitions.graph import RANGES, Graph
from tests.support.hidden import hide
from tests.support.unseen import unseen

BEFORE = "SELECT id, 100 / amount AS share FROM items WHERE id <= %(most)s ORDER BY id"
AFTER = "SELECT id, share FROM links WHERE id <= %(most)s ORDER BY id"
SLOW = "SELECT id, share FROM links, pg_sleep(0.02) WHERE id <= %(most)s ORDER BY id"


@pytest.fixture
def live(
    application: Application, make_shop: Callable[..., System], instance: dg.DagsterInstance, tmp_path: Path
) -> Callable[..., Graph]:
    """A function that makes a live graph with one query pair."""

    def make(after: str = AFTER, *, judged_from: int = 10_000, target: float = 1.0) -> Graph:
        (tmp_path / "before.sql").write_text(BEFORE)
        (tmp_path / "after.sql").write_text(after)
        files = SqlFile(tmp_path / "before.sql"), SqlFile(tmp_path / "after.sql")
        system = replace(
            make_shop(),
            queries=(QueryPair("page", *files, {"most": 50}, target),),
            cutover=Cutover("shop_read_models", "items", judged_from, speed_up=1.5),
            load=Load(users=1_000, think_seconds=0.1, p95_ms=60_000, average_ms=60_000),
        )
        graph = Graph.of(system, instance)
        graph.set_up()
        assert graph.materialize("links", "links_indexes", first=RANGES[0], last=RANGES[-1], pause=0.0).success
        return graph

    return make


def percentage(application: Application) -> int:
    found = application.rows("SELECT percentage FROM denorm.flag WHERE name = 'shop_read_models'")
    return found[0][0] if found else 0


def test_benchmark_below_judged_size_shows_speed_without_judging(live: Callable[..., Graph]) -> None:
    run = live(SLOW, target=100).materialize("benchmark")
    assert run.success
    checks = run.checks()
    found = checks["shop/benchmark", "queries"]
    same, fast = parts_of(found)
    assert same.says == "all 1 queries return the same rows as before"
    assert fast.passed
    assert fast.says.startswith("not judged at this size; page gains")
    assert "chart" in found.metadata
    [event] = run.materializations()
    picture = event.metadata["chart"].value
    assert isinstance(picture, str)
    assert picture.startswith("![milliseconds per query](data:image/svg+xml;base64,")


def test_benchmark_without_matplotlib_leaves_chart_out(
    live: Callable[..., Graph], monkeypatch: pytest.MonkeyPatch
) -> None:
    hide(monkeypatch, MATPLOTLIB)
    run = live().materialize("benchmark")
    assert run.success
    [event] = run.materializations()
    assert "queries" in event.metadata
    assert "chart" not in {*event.metadata, *run.checks()["shop/benchmark", "queries"].metadata}


def test_cutover_slow_query_is_named_and_flag_stays_off(live: Callable[..., Graph], application: Application) -> None:
    graph = live(SLOW, judged_from=2_500, target=100)
    checks = graph.materialize("benchmark").checks()
    found = checks["shop/benchmark", "queries"]
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert (found.description or "").startswith("fast_enough: 1 of 1 queries miss their target: page")
    run = graph.materialize("cutover")
    assert not run.success
    assert "the flag of shop was not turned on:" in run.failure
    assert "times as fast, not 1.5" in run.failure
    assert percentage(application) == 0


def test_cutover_all_right_turns_flag_on_for_stable_users(live: Callable[..., Graph], application: Application) -> None:
    graph = live()
    inside = (
        "SELECT array_agg(n) FROM generate_series(1, 1000) AS n WHERE denorm.flag_enabled('shop_read_models', n::text)"
    )
    assert application.rows(inside) == [(None,)]
    run = graph.materialize("cutover", percentage=30)
    assert run.success, run.failure
    [event] = run.materializations()
    assert (event.metadata["percentage"].value, event.metadata["flag"].value) == (30, "shop_read_models")
    [(some,)] = application.rows(inside)
    assert 220 < len(some) < 380
    assert application.rows(inside) == [(some,)]
    assert graph.materialize("cutover", percentage=60).success
    [(more,)] = application.rows(inside)
    assert set(some) < set(more)
    assert graph.materialize("cutover", percentage=100).success
    assert application.rows(inside) == [(list(range(1, 1001)),)]


def test_flag_enabled_role_without_rights_may_ask(live: Callable[..., Graph], application: Application) -> None:
    assert live().materialize("cutover").success
    [(database,)] = application.rows("SELECT current_database()")
    role = f"app_{database}"
    application.run(f"CREATE ROLE {role}")
    answer = "SELECT denorm.flag_enabled('shop_read_models', '7')"
    application.run(
        f"SET ROLE {role}; DO $$ BEGIN ASSERT ({answer}); END $$;"
        " DO $$ BEGIN PERFORM denorm.dispatch(); RAISE 'allowed'; EXCEPTION WHEN insufficient_privilege THEN END $$;"
        f" RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}"
    )


def test_cutover_drift_turns_live_flag_off(live: Callable[..., Graph], application: Application) -> None:
    graph = live()
    assert graph.materialize("cutover").success
    application.run("UPDATE app.links SET share = 7 WHERE id = 1")
    checks = graph.check()
    assert "The flag shop_read_models was turned off" in (checks["shop/links", "matches_definition"].description or "")
    assert percentage(application) == 0
    run = graph.materialize("cutover")
    assert not run.success
    assert "shop/links matches_definition: 1 of 4 ranges differ" in run.failure


def test_cutover_without_percentage_keeps_present_one(live: Callable[..., Graph], application: Application) -> None:
    graph = live()
    assert graph.materialize("cutover").success
    assert percentage(application) == 100
    assert graph.materialize("cutover", percentage=10).success
    # As "Materialize all" does.
    assert graph.run_job("shop_cutover").success
    assert percentage(application) == 10
    application.run("UPDATE app.links SET share = 7 WHERE id = 1")
    graph.check()
    application.run("UPDATE app.links SET share = 100 WHERE id = 1")
    run = graph.materialize("cutover")
    assert run.success
    assert "stays off (matches_definition of shop/links failed); give a percentage" in "".join(run.lines())
    assert percentage(application) == 0
    assert graph.materialize("cutover", percentage=5).success
    assert percentage(application) == 5


@pytest.mark.parametrize("options", [{"mode": "detect"}, {"max_rows": 1, "max_share": 0.0001}])
def test_reconcile_job_rows_left_wrong_turn_flag_off(
    live: Callable[..., Graph], application: Application, options: dict[str, object]
) -> None:
    graph = live()
    assert graph.materialize("cutover", percentage=40).success
    application.run("UPDATE app.links SET share = 7 WHERE id <= 200")
    # What repairs everything leaves nothing wrong.
    assert graph.run_job("shop_reconcile", ops={"reconcile": {"max_share": 1.0}}).success
    assert percentage(application) == 40
    application.run("UPDATE app.links SET share = 7 WHERE id <= 200")
    graph.run_job("shop_reconcile", ops={"reconcile": options})
    assert percentage(application) == 0
    assert application.rows("SELECT reason FROM denorm.flag") == [("reconciled of shop/links failed",)]
    [found] = graph.instance.event_log_storage.get_latest_asset_check_execution_by_key(
        [dg.AssetCheckKey(graph.key("links"), "reconciled")]
    ).values()
    assert found.evaluation is not None
    assert "The flag shop_read_models was turned off" in (found.evaluation.description or "")


def test_cutover_failed_comparison_leaves_flag_on(live: Callable[..., Graph], application: Application) -> None:
    graph = live()
    assert graph.materialize("cutover", percentage=40).success
    application.run(unseen("UPDATE app.items SET amount = 0 WHERE id = 7"))
    checks = graph.check()
    assert not checks["shop/links", "matches_definition"].passed
    graph.run_job("shop_reconcile")
    assert percentage(application) == 40
    application.run("UPDATE app.links SET share = 7 WHERE id = 2400")
    graph.check()
    assert percentage(application) == 0


def test_checks_that_turn_flag_off_run_on_schedule(live: Callable[..., Graph]) -> None:
    schedules = live().definitions.get_repository_def().schedule_defs
    running = {found.job_name for found in schedules if found.default_status is dg.DefaultScheduleStatus.RUNNING}
    assert "reconciled" in PROVING_ROWS_WRONG
    assert "shop_reconcile" in running


def test_benchmark_other_rows_turn_flag_off_slowness_does_not(
    live: Callable[..., Graph], application: Application
) -> None:
    graph = live(judged_from=2_500, target=1_000_000.0)
    database = Database(application.url)
    with database.session("app") as session:
        set_flag(session, graph.system, 50, "by hand")
    graph.materialize("benchmark")
    assert percentage(application) == 50
    graph.system.queries[0].after.path.write_text(
        "SELECT id, share + 1 AS share FROM links WHERE id <= %(most)s ORDER BY id"
    )
    run = graph.materialize("benchmark")
    found = run.checks()["shop/benchmark", "queries"]
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert percentage(application) == 0
    with database.session("app") as session:
        assert read_flag(session, graph.system).reason == "same_rows of shop failed"
        with pytest.raises(ConfigurationError, match="101 % is no share of users"):
            set_flag(session, graph.system, 101, "")
    database.close()


def test_load_test_users_read_pages_and_check_shows_chart(live: Callable[..., Graph]) -> None:
    run = live().materialize("load_test", users=3, ramp=1.0, steady=2.0, ramp_down=1.0)
    assert run.success, run.failure
    check = run.checks()["shop/load_test", "within_limits"]
    assert check.passed
    assert (check.description or "").startswith("3 users, ")
    picture = check.metadata["chart"].value
    assert isinstance(picture, str)
    assert picture.startswith("![load over time](data:image/svg+xml;base64,")
    assert set(run.materializations()[0].metadata) >= {"chart", "pages"}


def test_load_test_without_locust_names_extra_and_without_matplotlib_has_no_charts(
    live: Callable[..., Graph], monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = live()
    hide(monkeypatch, MATPLOTLIB)
    run = graph.materialize("load_test", users=1, ramp=0.5, steady=1.0, ramp_down=0.5)
    assert run.success, run.failure
    assert {"chart", "pages"}.isdisjoint(run.materializations()[0].metadata)
    hide(monkeypatch, LOCUST)
    run = graph.materialize("load_test", users=1, ramp=0.5, steady=1.0, ramp_down=0.5)
    assert not run.success
    assert "Run `pip install 'denorm-assets[load]'`" in run.failure
