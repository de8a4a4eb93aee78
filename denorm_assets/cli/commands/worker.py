"""`worker`: the resident driver of refreshes."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import FrameType

import click

from denorm_assets.cli.shared.targets import chosen_settings, common_options, open_database
from denorm_assets.db.cache.invalidation.keeper import Forgotten
from denorm_assets.db.cache.invalidation.thread import CacheMinder, keeper_of
from denorm_assets.db.changes.causes import Causes
from denorm_assets.db.postgres.database import OF_SHELL, OF_WORKER, Database
from denorm_assets.db.refresh.refreshed import Refreshed
from denorm_assets.db.refresh.worker import Worker
from denorm_assets.extras import PROMETHEUS_CLIENT
from denorm_assets.model.system import System
from denorm_assets.settings import load_settings
from denorm_assets.systems.selection import load_systems

_LOG = logging.getLogger(__name__)


@click.command()
@click.option(
    "--metrics-port", type=click.IntRange(0, 65_535), help="Serve metrics for Prometheus there; 0: a free port."
)
@click.option("--metrics-address", default="127.0.0.1", show_default=True, help="Address to serve metrics at.")
@common_options
def worker(metrics_port: int | None, metrics_address: str, systems: str | None, as_json: bool) -> None:
    """Keep read models fresh.

    Refreshes each as soon as its changes have been quiet, until stopped; the sensors skip meanwhile. Caches are
    kept too: Redis forgets what changed, within a fraction of a second. Where DAGSTER_HOME is set, refreshes and check
    results are reported to that instance as well, under the asset keys that its code location has. What the worker does
    is logged to standard error, as key=value.
    With --metrics-port, Prometheus can scrape what it does, and what waits; that needs denorm-assets[metrics].
    """
    began = time.monotonic()
    loaded = load_systems(chosen_settings(systems).systems)
    with (
        open_database(OF_WORKER if os.environ.get("DAGSTER_HOME") else OF_SHELL) as database,
        _reporting(database, loaded) as logging_report,
        _measuring(database, loaded, metrics_port, metrics_address) as measure,
    ):
        causes = Causes()

        def report(refreshes: Sequence[Refreshed]) -> None:
            measure(refreshes)
            logging_report(refreshes)

        keeper = keeper_of(database, loaded, load_settings(), causes=causes)
        minder = None if keeper is None else CacheMinder(keeper, _log_forgotten)
        resident = Worker(database, loaded, report, causes)

        def stop(_signal: int, _frame: FrameType | None) -> None:
            resident.stop()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        _log_start(loaded, began)
        if minder is not None:
            minder.start()
        resident.run()
        if minder is not None:
            minder.stop()


@contextmanager
def _measuring(
    database: Database, systems: Sequence[System], port: int | None, address: str
) -> Generator[Callable[[Sequence[Refreshed]], None]]:
    """Yields what counts refreshes, which Prometheus can scrape at `port`; nothing is counted without one."""
    if port is None:
        yield lambda _: None
        return
    PROMETHEUS_CLIENT.require("--metrics-port")
    from denorm_assets.metrics.exporter import Metrics

    metrics = Metrics(database, systems)
    with metrics.served(port, address) as served:
        _LOG.info("metrics are served at http://%s:%d/metrics", address, served, extra={"event": "metrics"})
        yield metrics.add


@contextmanager
def _reporting(database: Database, systems: Sequence[System]) -> Generator[Callable[[Sequence[Refreshed]], None]]:
    """Yields what logs each refresh, and tells Dagster where there is an instance to tell."""
    if not os.environ.get("DAGSTER_HOME"):
        yield _log_refreshes
        return
    # Dagster takes a second to import; without an instance the worker does without it.
    from denorm_assets.definitions.checks.refresh_reports import RunlessReports, unreachable_instance
    from denorm_assets.definitions.instance.noted_names import NotedNames
    from denorm_assets.definitions.local_run import open_instance

    with open_instance() as instance, ThreadPoolExecutor(1) as teller:
        noted = NotedNames(systems, instance, database)
        reports = RunlessReports(None, instance, database)
        waiting: list[Refreshed] = []

        def tell(refreshes: Sequence[Refreshed]) -> None:
            with unreachable_instance():
                reports.called(noted.look())
            with unreachable_instance():
                reports.add(refreshes)

        telling = teller.submit(tell, [])

        def report(refreshes: Sequence[Refreshed]) -> None:
            nonlocal telling
            _log_refreshes(refreshes)
            waiting.extend(refreshes)
            # In a thread of its own: a report takes some 100 ms, which the next refresh would have to wait.
            if telling.done():
                told, telling = telling, teller.submit(tell, [*waiting])
                waiting.clear()
                told.result()

        yield report
        teller.submit(tell, waiting).result()
        with unreachable_instance():
            reports.finish()


def _log_start(systems: Sequence[System], began: float) -> None:
    for system in systems:
        for model in system.read_models:
            name = f"{system.name}/{model.name}"
            _LOG.info("%s is to be kept fresh", name, extra={"event": "declared", "read_model": name})
    fields = {"systems": ",".join(system.name for system in systems), "duration_ms": 1_000 * (time.monotonic() - began)}
    _LOG.info("the worker starts", extra={"event": "started", **fields})


def _log_refreshes(refreshes: Sequence[Refreshed]) -> None:
    for refreshed in refreshes:
        name, done, seconds = refreshed.full_name, refreshed.drained, refreshed.seconds
        fields = {"read_model": name, "duration_ms": None if seconds is None else 1_000 * seconds}
        if refreshed.error is not None:
            _LOG.error("%s", refreshed.error, extra={"event": "failed", **fields})
        elif done is not None:
            anchors = "everything" if done.anchors is None else f"{done.anchors:,} anchors"
            fields |= {"anchors": done.anchors, "rows_written": done.rows_written, "rows_removed": done.rows_removed}
            fields |= {"why": refreshed.why}
            _LOG.info(
                f"{name}: {anchors} recomputed, {done.rows_written:,} rows written, {done.rows_removed:,} removed",
                extra={"event": "refreshed", **fields},
            )


def _log_forgotten(found: Sequence[Forgotten]) -> None:
    for each in found:
        name, owners = f"{each.system}/{each.cache}", "everything" if each.owners is None else f"{each.owners:,} owners"
        _LOG.info(
            "%s: %s invalidated", name, owners, extra={"event": "invalidated", "cache": name, "owners": each.owners}
        )
