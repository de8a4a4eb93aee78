"""`dev`: from nothing to a materialized graph and the Dagster UI."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, nullcontext
from types import FrameType
from typing import TYPE_CHECKING

import click

from denorm_assets.cli.commands.status import status_row
from denorm_assets.cli.dev_servers.child_process import kept_running
from denorm_assets.cli.dev_servers.dagster_ui import choose_ui_port, prepare_dagster_home, running_ui, wait_for_ui
from denorm_assets.cli.dev_servers.servers import running_servers
from denorm_assets.cli.shared.output import print_json, print_rows
from denorm_assets.cli.shared.progress import watching_progress
from denorm_assets.cli.shared.targets import chosen_settings, common_options, open_database
from denorm_assets.db.health.status import model_status
from denorm_assets.db.postgres.sample_data import load_sample
from denorm_assets.embedded.home import claim_home
from denorm_assets.embedded.processes import PRIVATE_UMASK
from denorm_assets.extras import DAGSTER_WEBSERVER
from denorm_assets.model.system import System
from denorm_assets.systems.selection import load_systems

if TYPE_CHECKING:
    from denorm_assets.db.postgres.database import Database
    from denorm_assets.definitions.local_run import LocalGraph


@click.command()
@click.option("--no-ui", is_flag=True, help="Do the same work, then stop; exit 1 if a check fails.")
@click.option("--scale", type=click.IntRange(min=1), help="Rows of each system's main table. Default: a small sample.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port of the UI. Default: a free one.")
@click.option("--postgres-port", type=click.IntRange(1, 65535), help="Port of the embedded PostgreSQL.")
@click.option("--valkey-port", type=click.IntRange(1, 65535), help="Port of the embedded Valkey.")
@common_options
def dev(
    no_ui: bool,
    scale: int | None,
    port: int | None,
    postgres_port: int | None,
    valkey_port: int | None,
    systems: str | None,
    as_json: bool,
) -> None:
    """Start everything on this machine.

    Materializes the graph on the database that DENORM_DATABASE_URL names; without it, on an embedded PostgreSQL. Of
    example systems, sample data is loaded first. Then a worker keeps the read models fresh and the Dagster UI is served
    on 127.0.0.1 until Ctrl-C. Valkey is started where a cache is declared and DENORM_REDIS_URL is not set.
    """
    began = time.monotonic()
    if not no_ui:
        DAGSTER_WEBSERVER.require("the Dagster UI", "add --no-ui")
    settings = chosen_settings(systems)
    loaded = load_systems(settings.systems)
    # Dagster's processes load what we load.
    os.environ["DENORM_SYSTEMS"] = ",".join(settings.systems)
    with _interruptible(), claim_home(settings.home, "dev"):
        # What Dagster writes in this process (logs, results) is private too.
        os.umask(PRIVATE_UMASK)
        # What can be refused is refused before anything is started.
        prepare_dagster_home(settings.home)
        ui = nullcontext("") if no_ui else running_ui(settings.home, choose_ui_port(settings.home, port))
        with running_servers(settings, loaded, postgres_port, valkey_port):
            # Dagster's own tables, before its processes come: two that make them at once can fail each other.
            _create_dagster_tables()
            with ui as url:
                green = _materialize(loaded, scale, as_json=as_json)
                if no_ui:
                    click.echo(f"total: {time.monotonic() - began:.1f} s", err=True)
                    sys.exit(0 if green else 1)
                worker = [sys.executable, "-m", "denorm_assets", "worker"]
                with kept_running(worker, settings.home / "worker.log"):
                    wait_for_ui(settings.home, url)
                    click.echo(f"total: {time.monotonic() - began:.1f} s", err=True)
                    click.echo(f"READY {url}" + ("" if green else "  (something failed, see above)"), err=as_json)
                    click.echo("Ctrl-C stops the UI, the worker and the servers and keeps the data.", err=as_json)
                    _wait_for_interrupt()
                click.echo("Stopping. Data is kept.", err=as_json)


def _create_dagster_tables() -> None:
    from denorm_assets.definitions.local_run import open_instance

    with open_instance():
        return


def _materialize(systems: Sequence[System], scale: int | None, *, as_json: bool) -> bool:
    """Load samples, run the graph, print a summary; returns whether every run succeeded and every check passed.

    What fails is said, and the rest is done: people look at it, and put it right, in the UI.
    """
    # Dagster takes a second to import; the other commands do without it.
    from denorm_assets.definitions.local_run import LocalGraph, RunFailed, fail_orphaned_runs, open_instance

    failed: list[RunFailed] = []

    @contextmanager
    def one_by_one() -> Generator[None]:
        try:
            yield
        except RunFailed as error:
            failed.append(error)
            click.echo(f"Error: {error}", err=True)

    with open_database() as database, open_instance() as instance:
        fail_orphaned_runs(instance)
        graph = LocalGraph(systems, instance)
        outcomes: list[dict[str, object]] = []
        for system in systems:
            with _timed(f"{system.name}: sample data"):
                if system.example is not None:
                    load_sample(database, system, scale)
            with one_by_one():
                _bring_up(graph, database, system)
            with one_by_one(), _timed(f"{system.name}: checks"):
                outcomes.extend(
                    {"asset": o.asset, "check": o.check, "passed": o.passed, "result": o.summary}
                    for o in graph.check(system)
                )
        found = [model_status(database, system, model) for system in systems for model in system.read_models]
        rows = [status_row(each, as_json=as_json) for each in found]
    if as_json:
        print_json({"models": rows, "checks": outcomes})
    else:
        print_rows(rows, as_json=False)
        print_rows(outcomes, as_json=False)
    return not failed and all(outcome["passed"] for outcome in outcomes)


def _bring_up(graph: LocalGraph, database: Database, system: System) -> None:
    """Everything of a system but its checks. Raises RunFailed."""
    with _timed(f"{system.name}: tables and ranges"):
        graph.set_up(system)
    states = [model_status(database, system, model) for model in system.read_models]
    if any(state.state != "live" or state.ranges_done < state.ranges for state in states):
        with watching_progress(database, system):
            graph.backfill(system)
        with _timed(f"{system.name}: indexes and foreign keys"):
            graph.finish(system)
    if system.caches:
        with _timed(f"{system.name}: caches"):
            graph.warm_up(system)
    with _timed(f"{system.name}: benchmark and cutover"):
        graph.cut_over(system)


@contextmanager
def _timed(what: str) -> Generator[None]:
    began = time.monotonic()
    yield
    click.echo(f"{what}: {time.monotonic() - began:.1f} s", err=True)


@contextmanager
def _interruptible() -> Generator[None]:
    """Stop in the same order whether a person or a supervisor asks for it, in the background too."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    previous = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _wait_for_interrupt() -> None:
    try:
        signal.pause()
    except KeyboardInterrupt:
        return
