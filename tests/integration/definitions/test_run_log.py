"""What `denorm_assets` logs in a step is in that run's event log: once, at its level, and in no other run's."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

import logging
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path

import dagster as dg
import pytest

from denorm_assets.definitions.events.run_log import run_log

PACKAGE = logging.getLogger("denorm_assets")
LOG = logging.getLogger("denorm_assets.db.some_module")


@pytest.fixture(autouse=True)
def as_outside_of_tests() -> Generator[None]:
    """Nobody has set a level."""
    level = PACKAGE.level
    PACKAGE.setLevel(logging.NOTSET)
    yield
    PACKAGE.setLevel(level)


def run_of(work: Callable[[], None], instance: dg.DagsterInstance) -> list[tuple[int, str]]:
    """The level and text of each line that a run of one step, which does `work`, shows to people."""

    @dg.op
    def step(context: dg.OpExecutionContext) -> None:
        with run_log(context):
            work()

    @dg.job
    def one_step() -> None:
        step()

    console = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    done = one_step.execute_in_process(run_config=console, instance=instance)
    return [
        (int(entry.level), entry.user_message)
        for entry in instance.all_logs(done.run_id)
        if entry.dagster_event is None
    ]


def test_run_log_lines_keep_level_and_handlers_are_removed(instance: dg.DagsterInstance) -> None:
    handlers = list(PACKAGE.handlers)

    def work() -> None:
        LOG.info("%s rows", 7)
        LOG.warning("100 %% of %s", "it")
        LOG.debug("for developers")
        logging.getLogger("another.library").warning("theirs")

    assert run_of(work, instance) == [(logging.INFO, "7 rows"), (logging.WARNING, "100 % of it")]
    assert PACKAGE.handlers == handlers
    assert PACKAGE.level == logging.NOTSET
    LOG.warning("after the run")


def test_run_log_level_set_by_user_is_kept(instance: dg.DagsterInstance) -> None:
    PACKAGE.setLevel(logging.ERROR)
    assert run_of(lambda: LOG.warning("unwanted"), instance) == []
    assert PACKAGE.level == logging.ERROR


def test_run_log_two_runs_in_one_process_stay_separate() -> None:
    together = threading.Barrier(2, timeout=30)

    def run(name: str) -> list[str]:
        def work() -> None:
            for number in range(20):
                together.wait()
                LOG.info("%s %s", name, number)
            together.wait()

        with dg.DagsterInstance.ephemeral() as instance:
            return [line for _, line in run_of(work, instance)]

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(run, ["first", "second"])
    assert first == [f"first {number}" for number in range(20)]
    assert second == [f"second {number}" for number in range(20)]
    assert PACKAGE.level == logging.NOTSET


def test_run_log_ended_run_keeps_level_for_running_one() -> None:
    begun, ended = threading.Event(), threading.Event()

    def long() -> list[tuple[int, str]]:
        def work() -> None:
            begun.set()
            assert ended.wait(30)
            LOG.info("still here")

        with dg.DagsterInstance.ephemeral() as instance:
            return run_of(work, instance)

    with ThreadPoolExecutor(1) as pool, dg.DagsterInstance.ephemeral() as instance:
        lines = pool.submit(long)
        assert begun.wait(30)
        assert run_of(lambda: LOG.info("short"), instance) == [(logging.INFO, "short")]
        ended.set()
        assert lines.result() == [(logging.INFO, "still here")]


def test_run_log_thread_with_copied_context_belongs_to_run(
    instance: dg.DagsterInstance,
) -> None:
    def work() -> None:
        for thread in (
            threading.Thread(target=copy_context().run, args=(LOG.info, "of the run")),
            threading.Thread(target=LOG.info, args=("of somebody else",)),
        ):
            thread.start()
            thread.join()

    assert run_of(work, instance) == [(logging.INFO, "of the run")]


@pytest.mark.parametrize("managed", [["root"], ["denorm_assets"], ["denorm_assets.db"], ["root", "denorm_assets.db"]])
@pytest.mark.parametrize("level", [None, "INFO", "WARNING"])
def test_run_log_logger_managed_by_dagster_is_not_shown_twice(
    tmp_path: Path, managed: Sequence[str], level: str | None
) -> None:
    loggers = [logging.getLogger(None if name == "root" else name) for name in managed]
    levels = [logger.level for logger in loggers]
    settings = {"managed_python_loggers": managed, **({"python_log_level": level} if level else {})}

    def work() -> None:
        LOG.info("a line")
        LOG.warning("a warning")

    try:
        with dg.DagsterInstance.local_temp(str(tmp_path), overrides={"python_logs": settings}) as instance:
            lines = run_of(work, instance)
    finally:
        for logger, before in zip(loggers, levels, strict=True):
            logger.setLevel(before)
    shown = [] if level == "WARNING" else [(logging.INFO, "a line")]
    assert lines == [*shown, (logging.WARNING, "a warning")]
