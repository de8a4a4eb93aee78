"""What made read models stale, as far as this process has seen it: which sources changed, or the clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from threading import Lock

THE_CLOCK = "the clock moved on"
_MOST_NAMED = 5


class Causes:
    """Of each read model, what made it stale since its last refresh. Several threads may use it."""

    def __init__(self) -> None:
        """Nothing is stale yet."""
        self._of: defaultdict[int, set[str]] = defaultdict(set)
        self._lock = Lock()

    def note(self, model_id: int, causes: Iterable[str]) -> None:
        """Remember what made a read model stale."""
        with self._lock:
            self._of[model_id].update(causes)

    def note_changes(self, changed: Mapping[int, Iterable[str]]) -> None:
        """Remember of which tables changes reached which read models."""
        for model_id, tables in changed.items():
            self.note(model_id, tables)

    def take(self, model_id: int) -> frozenset[str]:
        """What made a read model stale, for the refresh that begins now; what comes later is for the next one."""
        with self._lock:
            return frozenset(self._of.pop(model_id, ()))


def in_words(causes: frozenset[str]) -> str:
    """What caused a refresh; empty where this process has not seen it."""
    tables = sorted(causes - {THE_CLOCK})
    more = f" and {len(tables) - _MOST_NAMED} more" if len(tables) > _MOST_NAMED else ""
    named = " and ".join(tables) if len(tables) <= 2 else ", ".join(tables[:_MOST_NAMED])
    parts = [f"changes of {named}{more}"] if tables else []
    return "; ".join([*parts, *([THE_CLOCK] if THE_CLOCK in causes else [])])
