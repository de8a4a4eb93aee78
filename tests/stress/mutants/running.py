"""Runs each mutant in a fork of the process that has imported and collected everything, and has its servers started."""

from __future__ import annotations

import ast
import gc
import os
import resource
import select
import signal
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Container, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, cast

import psutil
import pytest
from _pytest.runner import runtestprotocol

import tests.integration.db.conftest as of_cases
from tests.stress.mutants.mutations import Mutant, mutants_of, put_in
from tests.stress.mutants.swapping import forget_results, swap

SURVIVED, KILLED, TIMED_OUT, NOT_COVERED = "survived", "killed", "timed out", "not covered"
_ROOT = Path(__file__).parents[3]
_SLOWER = 5
"""A mutant that takes so many times the processor time of the tests without it, and some seconds, does not end."""
_SECONDS = 3
_LOOKS, _SECONDS_PER_LOOK = 4, 60
"""One that needs no processor time for so long waits for ever; a busy machine only makes it slow."""


@dataclass(frozen=True)
class Fate:
    """What came of a mutant: `outcome`, and the test that noticed it."""

    file: str
    name: str
    line: int
    outcome: str
    by: str = ""
    tests: int = 0


class Runner:
    """The plugin that runs tests without mutants first, and then those that reach each mutant with it.

    Attributes:
        files: those that are mutated.
        wanted: the mutants that are tried, by file and name.
        killed: those that an earlier run has killed, by file and name: they are not tried again.
        budget: seconds of tests on servers for a mutant that the other tests let live.
    """

    def __init__(
        self,
        files: Sequence[Path],
        wanted: Container[tuple[Path, str]],
        budget: float,
        killed: Mapping[tuple[str, str], Fate],
        note: Callable[[Fate], None],
    ) -> None:
        """`note` is told of each fate at once, so that a run that is ended can be gone on with."""
        self.files = files
        self.wanted = wanted
        self.killed = killed
        self._note = note
        self.budget = budget
        self.fates: list[Fate] = []
        self.failed: list[str] = []
        self._reached: dict[tuple[str, int], set[pytest.Item]] = defaultdict(set)
        self._seconds: dict[pytest.Item, float] = {}
        self._kills: dict[pytest.Item, int] = defaultdict(int)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the tests, then the mutants."""
        for item, following in zip(session.items, [*session.items[1:], None], strict=True):
            began, worked = time.monotonic(), time.process_time()
            with self._traced(item):
                failure = _failure(item, following or _only_session(session))
            # A test on a server waits for that; others are not to look slow because the machine is busy.
            waited, worked = time.monotonic() - began, time.process_time() - worked
            self._seconds[item] = waited if _needs_server(item) else worked
            if failure:
                self.failed.append(failure)
        print(f"{len(session.items)} tests without mutants: {sum(self._seconds.values()):.0f} s", file=sys.stderr)
        # What forks have in common stays so.
        gc.freeze()
        if not self.failed:
            for file in self.files:
                self._try_all(session, file)
        return True

    @contextmanager
    def _traced(self, item: pytest.Item) -> Generator[None]:
        """Note which lines of the files the test `item` runs."""
        names = {str(file) for file in self.files}

        def trace(frame: FrameType, event: str, arg: object) -> Any:
            if frame.f_code.co_filename not in names:
                return None
            if event == "line":
                self._reached[frame.f_code.co_filename, frame.f_lineno].add(item)
            return trace

        sys.settrace(trace)
        threading.settrace(trace)
        yield
        sys.settrace(None)
        threading.settrace(cast(Any, None))

    def _try_all(self, session: pytest.Session, file: Path) -> None:
        tree, mutants = mutants_of(file)
        for mutant in mutants:
            if (file, mutant.name) not in self.wanted:
                continue
            place = str(file.relative_to(_ROOT))
            known = self.killed.get((place, mutant.name))
            if known is not None:
                self.fates.append(known)
                continue
            items = self._chosen(file, mutant)
            outcome, by = (NOT_COVERED, "") if not items else self._try(session, file, (tree, mutant), items)
            self.fates.append(Fate(place, mutant.name, mutant.lines[0], outcome, by, len(items)))
            self._note(self.fates[-1])
            if outcome != KILLED:
                print(f"{outcome}: {place}:{mutant.lines[0]} {mutant.name}", file=sys.stderr, flush=True)

    def _chosen(self, file: Path, mutant: Mutant) -> list[pytest.Item]:
        """The tests that reach the mutant: those without a server first, and of the others as many as are in budget."""
        if mutant.top:
            found = {item for (name, _), items in self._reached.items() if name == str(file) for item in items}
        else:
            found = {
                item
                for line in range(mutant.lines[0], mutant.lines[1] + 1)
                for item in self._reached.get((str(file), line), ())
            }
        quick = [item for item in found if not _needs_server(item)]
        slow, left = list[pytest.Item](), self.budget
        for item in sorted(found - set(quick), key=self._rank):
            if left > 0:
                slow.append(item)
                left -= self._seconds[item]
        return [*sorted(quick, key=self._rank), *slow]

    def _rank(self, item: pytest.Item) -> tuple[float, str]:
        """What noticed many mutants notices more of them."""
        return self._seconds[item] / (1 + self._kills[item]), item.nodeid

    def _try(
        self, session: pytest.Session, file: Path, mutant: tuple[ast.Module, Mutant], items: Sequence[pytest.Item]
    ) -> tuple[str, str]:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            _be_mutant(session, file, mutant, items, writer, sum(self._seconds[item] for item in items))
        os.close(writer)
        ready = _has_said(reader, psutil.Process(child))
        said = os.read(reader, 10_000).decode() if ready else ""
        if not ready:
            os.kill(child, signal.SIGKILL)
        os.close(reader)
        os.waitpid(child, 0)
        if not said:
            return TIMED_OUT, ""
        outcome, _, by = said.partition(" ")
        for item in items:
            if item.nodeid == by:
                self._kills[item] += 1
        return outcome, by


def _has_said(reader: int, child: psutil.Process) -> bool:
    """Whether a child has said what came of it, or ended; not where it does nothing any more."""
    idle, before = 0, 0.0
    while idle < _LOOKS:
        if select.select([reader], [], [], _SECONDS_PER_LOOK)[0]:
            return True
        worked = sum(child.cpu_times()[:2])
        idle, before = (idle + 1 if worked == before else 0), worked
    return False


def _be_mutant(
    session: pytest.Session,
    file: Path,
    mutant: tuple[ast.Module, Mutant],
    items: Sequence[pytest.Item],
    writer: int,
    seconds: float,
) -> None:
    """Run `items` with the mutant until one fails, say which, and end this process."""
    said = KILLED
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (int(_SECONDS + _SLOWER * seconds), resource.RLIM_INFINITY))
        swap(sys.modules[_module_name(file)], put_in(*mutant))
        forget_results()
        # What was set up without the mutant says nothing.
        of_cases.copies_allowed = lambda fixtures: False  # pyright: ignore[reportUnknownLambdaType]
        said = _outcome(session, items)
    except BaseException as error:
        said = f"{KILLED} {type(error).__name__}"
    finally:
        os.write(writer, said.encode())
        os._exit(0)


def _outcome(session: pytest.Session, items: Sequence[pytest.Item]) -> str:
    for item, following in zip(items, [*items[1:], None], strict=True):
        if _failure(item, following or _only_session(session)):
            return f"{KILLED} {item.nodeid}"
    return SURVIVED


def _failure(item: pytest.Item, following: pytest.Item) -> str:
    """What a test says when it fails; nothing where it passes."""
    for report in runtestprotocol(item, log=False, nextitem=following):
        if report.failed:
            return f"{item.nodeid}: {report.longreprtext}"
    return ""


def _only_session(session: pytest.Session) -> pytest.Item:
    """What stands for the next test where none follows, and servers go on."""

    class _Session:
        def listchain(self) -> list[pytest.Session]:
            return [session]

    return cast(pytest.Item, _Session())


def _needs_server(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and "server" in item.fixturenames


def _module_name(file: Path) -> str:
    return ".".join(file.relative_to(_ROOT).with_suffix("").parts)


def run(runner: Runner, tests: Iterable[str]) -> None:
    """Run all mutants against `tests`."""
    # What is mutated had to be imported before, and pytest would rewrite our plugin's package.
    quiet = "ignore:Module already imported:pytest.PytestAssertRewriteWarning"
    pytest.main(["-n", "0", "--timeout=0", "-W", quiet, *tests], plugins=[runner])


def by_outcome(fates: Sequence[Fate]) -> Mapping[str, list[Fate]]:
    """The fates, sorted by outcome."""
    found: dict[str, list[Fate]] = defaultdict(list)
    for fate in fates:
        found[fate.outcome].append(fate)
    return found
