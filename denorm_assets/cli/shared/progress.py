"""Progress of a backfill on the terminal: ranges, rows, rows per second, time left."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from denorm_assets.cli.shared.output import make_console
from denorm_assets.db.backfill.one_range import RangeResult
from denorm_assets.db.health.status import model_status
from denorm_assets.db.postgres.database import Database
from denorm_assets.model.system import System

_WATCH_SECONDS = 0.5


def show_ranges(name: str, results: Iterable[RangeResult], total: int) -> Iterator[RangeResult]:
    """Pass `results` on while showing how far they are; where the output is no terminal, the last state is printed."""
    if not total:
        yield from results
        return
    with _progress_bars() as progress:
        task = progress.add_task(name, total=total, rows=0, rate=0.0)
        rows = 0
        for result in results:
            rows += result.rows_written if result.outcome == "partly" else result.row_count
            elapsed = progress.tasks[0].elapsed or 0.0
            progress.update(task, advance=1, rows=rows, rate=rows / max(elapsed, 1e-6))
            yield result


@contextmanager
def watching_progress(database: Database, system: System) -> Generator[None]:
    """Show how far the read models of `system` are while the block loads them, read from PostgreSQL."""
    stop = threading.Event()
    watcher = threading.Thread(target=_watch, args=(database, system, stop), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()


def _watch(database: Database, system: System, stop: threading.Event) -> None:
    with _progress_bars() as progress:
        tasks = {
            model: progress.add_task(f"{system.name}/{model.name}", total=None, rows=0, rate=0.0)
            for model in system.read_models
        }
        ended = False
        while not ended:
            ended = stop.wait(_WATCH_SECONDS)
            for model, task in tasks.items():
                found = model_status(database, system, model)
                elapsed = next(t.elapsed or 0.0 for t in progress.tasks if t.id == task)
                if progress.tasks[task].completed < found.ranges_done or not found.ranges_done:
                    progress.update(
                        task,
                        total=found.ranges,
                        completed=found.ranges_done,
                        rows=found.rows,
                        rate=found.rows / max(elapsed, 1e-6),
                    )


def _progress_bars() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("ranges, {task.fields[rows]:,} rows, {task.fields[rate]:,.0f} rows/s, ETA"),
        TimeRemainingColumn(),
        console=make_console(stderr=True),
    )
