"""What PostgreSQL knows and no run of Dagster did is shown: once, without being done again, and only if it is so."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.data_version import StaleStatus

from denorm_assets.db.control import told
from denorm_assets.definitions.checks.refresh_reports import RunlessReports
from denorm_assets.definitions.events.outcomes import last_outcomes
from denorm_assets.definitions.sensors import recorded, recorded_model, refresh, sensors
from denorm_assets.systems.selection import load_systems
from tests.integration.definitions.conftest import Application
from tests.integration.definitions.graph import RANGES, Graph
from tests.integration.definitions.test_code_versions import resolver
from tests.support.sensors import evaluate
from tests.support.shell import Project, Shell
from tests.support.unseen import unseen

BY_RANGES = 'IdRanges("items.id"), Debounced(Debounce(quiet=0, max_wait=0))'
AS_A_WHOLE = "refresh=Full(Debounce(quiet=0, max_wait=0))"
SOURCE = """\
from denorm_assets import Debounce, Debounced, Full, IdRanges, Index, ReadModel, System

LINKS = ReadModel("links", "SELECT id, 100 / amount AS share FROM items", ("id",), {fields})
SYSTEM = System("shop", "app", read_models=(LINKS,))
"""
CONTENTS = "SELECT l::text, l.xmin::text FROM app.links AS l ORDER BY 1"
CHECKS = {"matches_definition", "backfill_complete", "kept_fresh", "reconciled"}
GROWTH = "INSERT INTO app.items SELECT n, 1 FROM generate_series(2501, 4600) AS n"
GREW = ["items:000002501-000003500", "items:000003501-000004500"]
_numbers = itertools.count()


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture(autouse=True)
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who did something has told of it already, or never will."""
    monkeypatch.setattr(told, "GRACE_SECONDS", 0.0)
    monkeypatch.setattr(recorded_model, "GRACE_SECONDS", 0.0)


class Shop:
    """The shop over 2,500 items: commands in the shell, and a Dagster instance in which nothing was ever run."""

    def __init__(self, shell: Shell, project: Project, instance: dg.DagsterInstance) -> None:
        self.shell = shell
        self.project = project
        self.instance = instance
        self.declare(BY_RANGES)

    def declare(self, fields: str) -> None:
        """Write the declaration anew, and load the code location."""
        self.project.write(SOURCE.format(fields=fields))
        self.restart()

    def restart(self) -> None:
        """Load the code location anew, with nothing in its memory."""
        [system] = load_systems((self.project.reference,))
        self.graph = Graph.of(system, self.instance)

    def tick(self) -> str:
        """What the ranges sensor says; a run that it asks for is left alone."""
        result = self.graph.tick()
        return result.skip_message or "" if isinstance(result, dg.SkipReason) else ""

    def shown(self) -> str:
        """What it says once the partitions are there."""
        self.tick()
        return self.tick()

    def events(self, asset: str = "links") -> list[dg.AssetMaterialization]:
        """The materializations of an asset, the newest first."""
        records = self.instance.fetch_materializations(self.graph.key(asset), limit=1000).records
        return [record.asset_materialization for record in records if record.asset_materialization is not None]

    def checks(self, asset: str = "links") -> dict[str, dg.AssetCheckEvaluation]:
        """What Dagster shows of the checks of an asset."""
        every = self.graph.definitions.resolve_asset_graph().asset_check_keys
        keys = [key for key in every if key.asset_key == self.graph.key(asset)]
        return {key.name: outcome.evaluation for key, outcome in last_outcomes(self.instance, keys).items()}

    def load(self) -> None:
        """Load it in the shell."""
        self.shell.fine("apply")
        self.shell.fine("backfill", "shop", "--pause", "0")


@pytest.fixture
def shop(
    application: Application,
    instance: dg.DagsterInstance,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Shop:
    project = Project(tmp_path, f"recorded_{os.getpid()}_{next(_numbers)}")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setenv("DENORM_SYSTEMS", project.reference)
    return Shop(Shell(application.url, monkeypatch, capsys), project, instance)


def test_ranges_sensor_shell_load_is_shown_with_checks_and_not_run_again(shop: Shop, application: Application) -> None:
    shop.load()
    before = application.rows(CONTENTS)
    assert "showed 4 ranges of links, loaded by no run of Dagster" in shop.shown()
    assert shop.graph.green("links") == set(RANGES)
    counts = {event.partition: event.metadata["dagster/partition_row_count"].value for event in shop.events()}
    assert counts == {RANGES[0]: 1000, RANGES[1]: 1000, RANGES[2]: 500, RANGES[3]: 0}
    assert all((event.description or "").startswith("loaded and compared at 20") for event in shop.events())
    for asset in ("tables", "items_ranges", "links_indexes"):
        assert len(shop.events(asset)) == 1, asset
    assert {name: found.passed for name, found in shop.checks().items()} == dict.fromkeys(CHECKS, True)
    assert shop.checks("links_indexes")["indexes_and_foreign_keys"].passed
    assert shop.checks("tables")["catalog"].passed
    assert shop.instance.get_runs() == []
    assert application.rows(CONTENTS) == before


def test_ranges_sensor_renamed_read_model_is_shown_under_its_new_name_and_not_run_again(
    shop: Shop, application: Application
) -> None:
    shop.load()
    shop.shown()
    before, events = application.rows(CONTENTS), shop.events()
    shop.project.write(SOURCE.format(fields=BY_RANGES).replace('"links"', '"tag_links"'))
    shop.shell.fine("rename", "shop/links", "shop/tag_links")
    shop.restart()
    assert "showed 4 ranges of tag_links, loaded by no run of Dagster" in shop.tick()
    assert shop.graph.green("tag_links") == set(RANGES)
    assert {name: found.passed for name, found in shop.checks("tag_links").items()} == dict.fromkeys(CHECKS, True)
    asked = resolver(shop.graph)
    assert {asked.get_status(shop.graph.key("tag_links"), key) for key in RANGES} == {StaleStatus.FRESH}
    assert shop.events() == events
    assert shop.instance.get_runs() == []
    assert application.rows(CONTENTS.replace("app.links", "app.tag_links")) == before
    count = len(shop.events("tag_links"))
    shop.restart()
    shop.shown()
    assert len(shop.events("tag_links")) == count


def test_ranges_sensor_shown_load_is_up_to_date_and_shown_once(shop: Shop) -> None:
    shop.load()
    shop.shown()
    asked = resolver(shop.graph)
    assert {asked.get_status(shop.graph.key("links"), key) for key in RANGES} == {StaleStatus.FRESH}
    assert asked.get_status(shop.graph.key("links_indexes")) is StaleStatus.FRESH
    count = len(shop.events())
    assert shop.tick() == "links is live and its ranges cover the table"
    shop.restart()
    assert shop.tick() == "links is live and its ranges cover the table"
    assert len(shop.events()) == count == 4
    assert all(found.passed for found in shop.graph.check().values())


@pytest.mark.parametrize("after", [1, 4, 5, 8, 10, 12])
def test_ranges_sensor_killed_tick_is_resumed_without_repeating_events(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    shop.load()
    shop.tick()
    shop.instance.wipe()
    left = iter([*range(after)])
    report = shop.instance.report_runless_asset_event

    def report_or_die(event: Any) -> None:
        if next(left, None) is None:
            raise Killed
        report(event)

    monkeypatch.setattr(shop.instance, "report_runless_asset_event", report_or_die)
    shop.restart()
    with pytest.raises(Killed):
        shop.shown()
    monkeypatch.setattr(shop.instance, "report_runless_asset_event", report)
    shop.restart()
    shop.shown()
    assert sorted(str(event.partition) for event in shop.events()) == sorted(RANGES)
    for asset in ("tables", "items_ranges", "links_indexes"):
        assert len(shop.events(asset)) == 1, asset
    assert {name: found.passed for name, found in shop.checks().items()} == dict.fromkeys(CHECKS, True)


def test_ranges_sensor_tick_without_time_goes_on_in_the_next(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.load()
    shop.tick()
    with monkeypatch.context() as hurried:
        hurried.setattr(sensors, "_SHOWING_SECONDS", -1.0)
        shop.tick()
    assert shop.events() == []
    shop.tick()
    assert shop.graph.green("links") == set(RANGES)


def test_ranges_sensor_nothing_new_asks_dagster_for_no_event(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.load()
    shop.shown()

    def never(*_: object, **__: object) -> None:
        raise AssertionError("events are read")

    monkeypatch.setattr(shop.instance, "fetch_materializations", never)
    assert shop.tick() == "links is live and its ranges cover the table"


def test_ranges_sensor_range_not_done_is_not_shown(shop: Shop) -> None:
    shop.shell.fine("apply")
    shop.shown()
    assert shop.events() == []
    assert len(shop.events("tables")) == 1
    shop.shell.fine("backfill", "shop", "--to-id", "1000", "--pause", "0")
    assert "showed 1 ranges of links" in shop.tick()
    assert shop.graph.green("links") == {RANGES[0]}
    assert not shop.checks()["backfill_complete"].passed
    shop.shell.fine("backfill", "shop", "--pause", "0")
    assert "showed 3 ranges of links" in shop.tick()
    assert {name: found.passed for name, found in shop.checks().items()} == dict.fromkeys(CHECKS, True)


def test_ranges_sensor_range_loaded_again_in_shell_is_shown_again(shop: Shop, application: Application) -> None:
    shop.load()
    shop.shown()
    application.run("DELETE FROM app.links WHERE id = 7")
    shop.shell.fine("backfill", "shop", "--again", "--to-id", "1000", "--pause", "0")
    assert "showed 1 ranges of links" in shop.tick()
    assert [event.partition for event in shop.events()].count(RANGES[0]) == 2


def test_ranges_sensor_load_by_dagster_is_not_shown_again(shop: Shop) -> None:
    shop.graph.set_up()
    run = shop.graph.materialize("links", "links_indexes", first=RANGES[0], last=RANGES[-1], pause=0.0)
    assert run.success, run.failure
    assert shop.graph.run_job("shop_reconcile").success
    count = len(shop.events())
    assert shop.shown() == "links is live and its ranges cover the table"
    assert len(shop.events()) == count


def test_ranges_sensor_older_events_without_tag_count_by_their_time(shop: Shop) -> None:
    shop.load()
    shop.tick()
    for key in RANGES:
        shop.instance.report_runless_asset_event(dg.AssetMaterialization(shop.graph.key("links"), partition=key))
    shop.tick()
    assert len(shop.events()) == len(RANGES)


def test_ranges_sensor_new_definition_is_not_shown_as_loaded(shop: Shop) -> None:
    shop.load()
    shop.shown()
    count = len(shop.events())
    shop.project.write(SOURCE.replace("100 /", "200 /").format(fields=BY_RANGES))
    shop.restart()
    assert shop.shown() == "the definition of links changed; materialize its phase"
    assert len(shop.events()) == count


def test_ranges_sensor_wiped_events_are_shown_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.load()
    shop.shown()
    shop.instance.wipe_assets([shop.graph.key("links")])
    monkeypatch.setattr(recorded, "_ALL_AGAIN_SECONDS", 0.0)
    shop.restart()
    shop.tick()
    assert shop.graph.green("links") == set(RANGES)


def test_ranges_sensor_growth_loaded_by_shell_is_green(shop: Shop, application: Application) -> None:
    shop.load()
    shop.shown()
    application.run(GROWTH)
    shop.shell.fine("refresh", "shop")
    shop.shell.fine("backfill", "shop", "--pause", "0")
    shop.shown()
    assert shop.graph.green("links") == {*RANGES, *GREW}
    assert all(found.passed for found in shop.graph.check().values())


def test_ranges_sensor_shell_refresh_is_shown_once_with_figures(shop: Shop, application: Application) -> None:
    shop.load()
    shop.shown()
    for amount in (5, 10):
        application.run(f"UPDATE app.items SET amount = {amount} WHERE id IN (7, 8)")
        shop.shell.fine("refresh", "shop")
    assert "showed 2 refreshes of links that nobody reported" in shop.tick()
    [event, *earlier] = shop.events()
    assert len(earlier) == len(RANGES)
    figures = {name: event.metadata[name].value for name in ("anchors", "rows_written", "refreshes", "why")}
    assert figures == {
        "anchors": 4,
        "rows_written": 4,
        "refreshes": 2,
        "why": "`denorm-assets`, or a program, refreshed it: no driver of refreshes",
    }
    assert float(str(event.metadata["seconds"].value)) > 0
    shop.restart()
    shop.tick()
    assert len(shop.events()) == 1 + len(RANGES)


@pytest.mark.parametrize("last", ["dagster", "shell"])
def test_ranges_sensor_view_loaded_and_refreshed_in_shell_is_shown(
    shop: Shop, application: Application, last: str
) -> None:
    shop.declare(AS_A_WHOLE)
    shop.shell.fine("apply")
    shop.shell.fine("refresh", "shop")
    shop.tick()
    [event] = shop.events()
    assert event.metadata["dagster/row_count"].value == 2500
    assert {name: found.passed for name, found in shop.checks().items()} == dict.fromkeys(CHECKS, True)
    application.run("UPDATE app.items SET amount = 5 WHERE id = 7")
    if last == "dagster":
        assert shop.graph.run_job("shop_refresh").success
    else:
        shop.shell.fine("refresh", "shop")
    shop.tick()
    shop.tick()
    [event, _] = shop.events()
    assert event.description == "recomputed as a whole"


def test_ranges_sensor_shell_check_is_shown_and_its_repair_too(shop: Shop, application: Application) -> None:
    shop.load()
    shop.shown()
    application.run(unseen("UPDATE app.items SET amount = 2 WHERE id = 1"))
    assert shop.shell("check", "shop").status == 1
    assert "showed matches_definition of links" in shop.tick()
    found = shop.checks()["matches_definition"]
    assert not found.passed
    assert (found.description or "").startswith("In the shell at 20")
    assert found.metadata["partitions to materialize"].value == RANGES[0]
    assert isinstance(found.metadata["found at"], dg.TimestampMetadataValue), "Dagster shows it as a date"
    assert "matches_definition" not in shop.tick()
    shop.restart()
    assert "matches_definition" not in shop.tick()
    shop.shell.fine("backfill", "shop", "--again", "--pause", "0")
    shop.tick()
    assert shop.checks()["matches_definition"].passed
    shop.shell.fine("check", "shop")
    shop.tick()
    assert (shop.checks()["matches_definition"].description or "").startswith("In the shell at 20")


def test_ranges_sensor_narrowed_check_is_not_shown(shop: Shop, application: Application) -> None:
    shop.load()
    shop.shown()
    application.run(unseen("UPDATE app.items SET amount = 2 WHERE id = 1"))
    assert shop.shell("check", "shop/links", "--id", "1").status == 1
    shop.tick()
    assert shop.checks()["matches_definition"].passed


def test_ranges_sensor_shell_reconciliation_is_shown_once(shop: Shop, application: Application) -> None:
    shop.load()
    shop.shown()
    application.run("DELETE FROM app.links WHERE id = 7")
    assert shop.shell("reconcile", "shop").status == 1
    shop.tick()
    assert not shop.checks()["reconciled"].passed
    assert len(shop.events()) == len(RANGES), "what is wrong is not shown as right"
    shop.shell.fine("reconcile", "shop", "--repair")
    shop.tick()
    assert shop.checks()["reconciled"].passed
    [event, *_] = shop.events()
    assert "1 rows differed (1 missing) and were repaired" in (event.description or "")
    shop.restart()
    shop.tick()
    assert len(shop.events()) == 1 + len(RANGES)


DRIVERS: dict[str, Callable[[Shop], object]] = {
    "sensor": lambda shop: evaluate(shop.graph.definitions, "denorm_refresh", shop.instance),
    "run": lambda shop: shop.graph.run_job("shop_refresh"),
}


@pytest.mark.parametrize("driver", [*DRIVERS])
def test_ranges_sensor_refresh_of_dagster_that_was_not_reported_is_shown_once(
    shop: Shop, application: Application, monkeypatch: pytest.MonkeyPatch, driver: str
) -> None:
    def never(*_: object, **__: object) -> None:
        raise Killed

    shop.load()
    shop.shown()
    application.run("UPDATE app.items SET amount = 5 WHERE id = 7")
    with monkeypatch.context() as killed:
        # The code location is loaded anew, say, while a tick refreshes.
        killed.setattr(RunlessReports, "add", never)
        killed.setattr(refresh, "refresh_materialization", never)
        with suppress(Killed):
            DRIVERS[driver](shop)
    shop.restart()
    assert "refreshes of links" not in shop.tick(), "whoever refreshed it may still report it"
    monkeypatch.setattr(told, "PATIENCE_SECONDS", 0.0)
    shop.restart()
    assert "showed 1 refreshes of links that nobody reported" in shop.tick()
    [event, *earlier] = shop.events()
    assert len(earlier) == len(RANGES)
    assert event.metadata["rows_written"].value == 1
    assert event.metadata["why"].value == "Dagster refreshed it: a run, or a tick that ended before it could report it"
    shop.restart()
    shop.tick()
    assert len(shop.events()) == 1 + len(RANGES)


def test_ranges_sensor_reported_refresh_of_dagster_is_not_shown_again(
    shop: Shop, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(told, "PATIENCE_SECONDS", 0.0)
    shop.load()
    shop.shown()
    for amount, driver in ((5, "sensor"), (10, "run")):
        application.run(f"UPDATE app.items SET amount = {amount} WHERE id = 7")
        DRIVERS[driver](shop)
    count = len(shop.events())
    for _ in range(2):
        shop.restart()
        assert "refreshes of links" not in shop.tick()
    assert len(shop.events()) == count


def test_ranges_sensor_whole_load_by_dagster_is_not_shown_again(
    shop: Shop, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(told, "PATIENCE_SECONDS", 0.0)
    shop.declare(AS_A_WHOLE)
    shop.shell.fine("apply")
    assert shop.graph.materialize("links").success
    application.run("UPDATE app.items SET amount = 5 WHERE id = 7")
    assert shop.graph.materialize("links").success
    shop.restart()
    shop.tick()
    assert len(shop.events()) == 2
