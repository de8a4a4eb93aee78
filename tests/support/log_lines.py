"""The lines that `denorm_assets` logs, for tests that say what a person reads."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager
from weakref import WeakValueDictionary

_LOGGER = logging.getLogger("denorm_assets")


class LogLines(list[str]):
    """What is logged from now on in this process, by any thread, as long as somebody holds the list.

    `name` is the logger whose lines, and whose children's, are meant.
    """

    def __init__(self, name: str = "denorm_assets") -> None:
        super().__init__()
        self.filter = logging.Filter(name)
        _collector.fill(self)


@contextmanager
def each_line(act: Callable[[str], None]) -> Generator[None]:
    """Call `act` with each line that is logged in the block, in the thread that logs it."""
    handler = _Acting(act)
    _LOGGER.addHandler(handler)
    try:
        yield
    finally:
        _LOGGER.removeHandler(handler)


class _Acting(logging.Handler):
    def __init__(self, act: Callable[[str], None]) -> None:
        super().__init__()
        self._act = act

    def emit(self, record: logging.LogRecord) -> None:
        self._act(record.getMessage())


class _Collector(logging.Handler):
    """Appends to the lists that are still held; no test has to end the collecting."""

    def __init__(self) -> None:
        super().__init__()
        self._filled: WeakValueDictionary[int, LogLines] = WeakValueDictionary()

    def fill(self, lines: LogLines) -> None:
        self.acquire()
        self._filled[id(lines)] = lines
        self.release()

    def emit(self, record: logging.LogRecord) -> None:
        for lines in list(self._filled.values()):
            if lines.filter.filter(record):
                lines.append(record.getMessage())


_collector = _Collector()
_LOGGER.addHandler(_collector)
_LOGGER.setLevel(logging.INFO)
