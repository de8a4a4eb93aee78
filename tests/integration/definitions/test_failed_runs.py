"""Runs that fail midway: what is finished stays finished, and a retry runs only the rest."""

from __future__ import annotations

from collections.abc import Callable

import dagster as dg
import pytest

from denorm_assets.db.backfill.loader import ModelLoader
from denorm_assets.definitions.instance.target_database import DatabaseResource
from denorm_assets.model.batches import BackfillOptions
from denorm_assets.model.system import System
from tests.integration.definitions.conftest import Application
from tests.integration.definitions.graph import RANGES, Finished, Graph

NO_RETRY = "dagster/retry_on_asset_or_op_failure"
WORK = "SELECT key, batches, rows_written, done_at FROM denorm.range_progress WHERE key = ANY('{{{}}}') ORDER BY key"


def partitions(run: Finished) -> list[str | None]:
    return [event.partition for event in run.materializations()]


def test_materialize_poison_row_fails_run_and_keeps_earlier_ranges(shop: Graph, application: Application) -> None:
    application.run("UPDATE app.items SET amount = 0 WHERE id = 2100")
    run = shop.materialize("links", first=RANGES[0], last=RANGES[-1], pause=0.0)
    assert not run.success
    assert run.failure.startswith(f"shop/links {RANGES[2]}: the batch ")
    assert "division by zero" in run.failure
    assert shop.green("links") == set(RANGES[:2])
    assert application.rows("SELECT max(id) FROM app.links") == [(2_000,)]


def test_materialize_permanent_error_is_not_retried(shop: Graph, application: Application) -> None:
    application.run("UPDATE app.items SET amount = 0 WHERE id = 2100")
    run = shop.materialize("links", "links_indexes", first=RANGES[0], last=RANGES[-1], pause=0.0)
    assert run.steps("STEP_UP_FOR_RETRY") == []
    assert run.run.tags[NO_RETRY] == "false"
    assert run.steps("STEP_FAILURE") == ["links"]
    assert "links_indexes" not in run.steps("STEP_START")
    assert run.checks() == {}


def test_retried_run_resumes_at_failed_range(shop: Graph, application: Application) -> None:
    application.run("UPDATE app.items SET amount = 0 WHERE id = 2100")
    failed = shop.materialize("links", first=RANGES[0], last=RANGES[-1], pause=0.0)
    finished = WORK.format(",".join(RANGES[:2]))
    before = application.rows(finished)
    application.run("UPDATE app.items SET amount = 1 WHERE id = 2100")
    retried = shop.materialize("links", first=RANGES[0], last=RANGES[-1], again=failed.run, pause=0.0)
    assert retried.success
    assert application.rows(finished) == before
    # Dagster expects an event of every partition of a run, or shows it as failed once the run fails.
    assert (partitions(failed), partitions(retried)) == (RANGES[:2], RANGES)
    assert application.rows("SELECT count(*) FROM app.links") == [(2_500,)]


def test_retried_run_that_fails_keeps_earlier_ranges_green(shop: Graph, application: Application) -> None:
    application.run("UPDATE app.items SET amount = 0 WHERE id IN (1500, 2100)")
    run = shop.materialize("links", first=RANGES[0], last=RANGES[-1], pause=0.0)
    before = application.rows(WORK.format(RANGES[0]))
    application.run("UPDATE app.items SET amount = 1 WHERE id = 1500")
    run = shop.materialize("links", first=RANGES[0], last=RANGES[-1], again=run.run, pause=0.0)
    assert not run.success
    assert shop.green("links") == set(RANGES[:2])
    assert shop.failed_partitions("links") == set(RANGES[2:])
    application.run("UPDATE app.items SET amount = 1 WHERE id = 2100")
    run = shop.materialize("links", first=RANGES[0], last=RANGES[-1], again=run.run, pause=0.0)
    assert run.success
    assert application.rows(WORK.format(RANGES[0])) == before
    assert shop.failed_partitions("links") == set()


def test_new_run_compares_every_range_again(loaded: Graph, application: Application) -> None:
    application.run("DELETE FROM app.links WHERE id = 5")
    run = loaded.materialize("links", first=RANGES[0], last=RANGES[-1], pause=0.0)
    assert [event.metadata["rows_written"].value for event in run.materializations()] == [1, 0, 0, 0]
    assert application.rows("SELECT count(*) FROM app.links") == [(2_500,)]


def test_retried_run_committed_range_without_event_turns_green(shop: Graph, application: Application) -> None:
    application.run("UPDATE app.items SET amount = 0 WHERE id = 1500")
    run = shop.materialize("links", first=RANGES[0], last=RANGES[1], pause=0.0)
    application.run("UPDATE app.items SET amount = 1 WHERE id = 1500")
    # As after a kill between the two: PostgreSQL knows that the range is done, Dagster does not.
    options = BackfillOptions(pause=0, launch=run.run.run_id)
    with DatabaseResource().open() as database:
        loader = ModelLoader(database, shop.system, shop.system.read_model("links"), options)
        assert [result.outcome for result in loader.load_keys([RANGES[1]])] == ["done"]
    before = application.rows(WORK.format(RANGES[1]))
    retried = shop.materialize("links", first=RANGES[0], last=RANGES[1], again=run.run, pause=0.0)
    assert retried.success
    assert shop.green("links") == set(RANGES[:2])
    assert application.rows(WORK.format(RANGES[1])) == before


def test_materialize_duplicate_key_is_shown_and_not_written(
    application: Application, make_shop: Callable[..., System], instance: dg.DagsterInstance
) -> None:
    twice = "SELECT i.id, d.n FROM items AS i CROSS JOIN generate_series(1, 1 + (i.id = 1500)::int) AS d (n)"
    graph = Graph.of(make_shop(twice), instance)
    graph.set_up()
    run = graph.materialize("links", first=RANGES[0], last=RANGES[-1], pause=0.0)
    assert run.failure.startswith("shop/links: the key (id) does not identify a row of its definition.")
    assert "1500" in run.failure
    assert run.run.tags[NO_RETRY] == "false"
    assert run.steps("STEP_UP_FOR_RETRY") == []
    assert graph.green("links") == set(RANGES[:1])
    assert application.rows("SELECT max(id) FROM app.links") == [(1_000,)]


def test_materialize_cancelled_model_fails_run_without_retry(shop: Graph, application: Application) -> None:
    application.run("UPDATE denorm.read_model SET cancelled_at = now() + interval '1 hour'")
    run = shop.materialize("links", first=RANGES[0])
    assert run.failure.startswith(f"shop/links {RANGES[0]}: cancelled.")
    assert run.run.tags[NO_RETRY] == "false"


def test_materialize_unreachable_server_fails_run_with_retry(shop: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DENORM_DATABASE_URL", "postgresql://someone:hush-hush@127.0.0.1:9/nowhere")
    run = shop.materialize("phase_1")
    assert run.failure.startswith("PostgreSQL at postgresql://someone:***@127.0.0.1:9/nowhere cannot be reached")
    assert NO_RETRY not in run.run.tags
    assert not any("hush-hush" in repr(entry) for entry in shop.instance.all_logs(run.run.run_id))


def test_materialize_missing_settings_say_what_to_set(shop: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DENORM_DATABASE_URL")
    run = shop.materialize("phase_1")
    assert run.failure.startswith("DENORM_DATABASE_URL is not set")
    assert run.run.tags[NO_RETRY] == "false"
