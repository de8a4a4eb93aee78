"""`worker`: the resident driver of refreshes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import FrameType

import click

from denorm_assets.cli.shared.targets import chosen_settings, common_options, open_database
from denorm_assets.db.cache.invalidation.keeper import Forgotten
from denorm_assets.db.cache.invalidation.thread import CacheMinder, keeper_of
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.refresh.scheduler import Refreshed
from denorm_assets.db.refresh.worker import Worker
from denorm_assets.settings import load_settings
from denorm_assets.systems.selection import load_systems


@click.command()
@common_options
def worker(systems: str | None, as_json: bool) -> None:
    """Keep read models fresh.

    Refreshes each as soon as its changes have been quiet, until stopped; the sensors stand back meanwhile. Caches are
    kept too: Redis forgets what changed, within a fraction of a second. Where DAGSTER_HOME is set, refreshes and check
    results are reported to that instance as well.
    """
    loaded = load_systems(chosen_settings(systems).systems)

    def forgotten(found: Sequence[Forgotten]) -> None:
        for each in found if not as_json else ():
            owners = "everything" if each.owners is None else f"{each.owners:,} owners"
            click.echo(f"{each.system}/{each.cache}: {owners} forgotten")

    with open_database() as database, _reporting(database, as_json=as_json) as report:
        keeper = keeper_of(database, loaded, load_settings())
        minder = None if keeper is None else CacheMinder(keeper, forgotten, lambda line: click.echo(line, err=True))
        resident = Worker(database, loaded, report, lambda line: click.echo(line, err=True))

        def stop(_signal: int, _frame: FrameType | None) -> None:
            resident.stop()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        if minder is not None:
            minder.start()
        resident.run()
        if minder is not None:
            minder.stop()


@contextmanager
def _reporting(database: Database, *, as_json: bool) -> Generator[Callable[[Sequence[Refreshed]], None]]:
    """Yields what prints a line per refresh, and tells Dagster where there is an instance to tell."""
    if not os.environ.get("DAGSTER_HOME"):
        yield lambda refreshes: _print(refreshes, as_json=as_json)
        return
    # Dagster takes a second to import; without an instance the worker does without it.
    from denorm_assets.definitions.checks.refresh_reports import RunlessReports, unreachable_instance
    from denorm_assets.definitions.local_run import open_instance

    with open_instance() as instance, ThreadPoolExecutor(1) as teller:
        reports = RunlessReports(instance, database)
        waiting: list[Refreshed] = []

        def tell(refreshes: Sequence[Refreshed]) -> None:
            with unreachable_instance(lambda line: click.echo(line, err=True)):
                reports.add(refreshes)

        telling = teller.submit(tell, [])

        def report(refreshes: Sequence[Refreshed]) -> None:
            nonlocal telling
            _print(refreshes, as_json=as_json)
            waiting.extend(refreshes)
            # In a thread of its own: a report takes some 100 ms, which the next refresh would have to wait.
            if telling.done():
                told, telling = telling, teller.submit(tell, [*waiting])
                waiting.clear()
                told.result()

        yield report
        teller.submit(tell, waiting).result()
        with unreachable_instance(lambda line: click.echo(line, err=True)):
            reports.finish()


def _print(refreshes: Sequence[Refreshed], *, as_json: bool) -> None:
    for refreshed in refreshes:
        name = f"{refreshed.system.name}/{refreshed.model.name}"
        if refreshed.error is not None:
            click.echo(refreshed.error, err=True)
        elif refreshed.drained is not None and not as_json:
            done = refreshed.drained
            anchors = "everything" if done.anchors is None else f"{done.anchors:,} anchors"
            click.echo(
                f"{name}: {anchors} recomputed, {done.rows_written:,} rows written, {done.rows_removed:,} removed"
            )
