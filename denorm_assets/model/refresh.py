"""The three ways of keeping a read model fresh, and `Auto`, which leaves the choice to `apply`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Debounce:
    """When a refresh is due: after `quiet` seconds without a change, at the latest `max_wait` after the first.

    Example:
        Debounced(Debounce(quiet=2, max_wait=30))
    """

    quiet: float = 1.0
    max_wait: float = 5.0

    def __post_init__(self) -> None:
        if not 0 <= self.quiet <= self.max_wait:
            raise ValueError(f"quiet ({self.quiet:g} s) has to lie between 0 and max_wait ({self.max_wait:g} s)")


@dataclass(frozen=True)
class Debounced:
    """A table; what changed is recomputed once the changes have been quiet.

    Attributes:
        clock: seconds after which a definition that reads the clock, as `now()` does, is brought to the present time.

    Example:
        ReadModel("order_totals", "SELECT id, total FROM orders", key=("id",), refresh=Debounced())
    """

    debounce: Debounce = Debounce()
    clock: float = 60.0

    def __post_init__(self) -> None:
        _require_positive("clock", self.clock)


@dataclass(frozen=True)
class Realtime:
    """A table; recomputed in the writing transaction where it can lock at once, and corrected by drains.

    Attributes:
        clock: as in `Debounced`.

    Example:
        ReadModel("order_totals", "SELECT id, total FROM orders", key=("id",), refresh=Realtime())
    """

    debounce: Debounce = Debounce(quiet=0.2, max_wait=1.0)
    clock: float = 60.0

    def __post_init__(self) -> None:
        _require_positive("clock", self.clock)


@dataclass(frozen=True)
class Full:
    """A materialized view, refreshed as a whole once changes have been quiet.

    Attributes:
        every: seconds after which time alone refreshes it, for definitions that depend on the clock; None without.

    Example:
        ReadModel("ranks", "SELECT id, rank() OVER (ORDER BY total) FROM orders", key=("id",), refresh=Full(every=600))
    """

    debounce: Debounce = Debounce()
    every: float | None = None

    def __post_init__(self) -> None:
        if self.every is not None:
            _require_positive("every", self.every)


@dataclass(frozen=True)
class Auto:
    """`Debounced` where every large source is by key, `Full` otherwise; `apply` chooses, once for each definition.

    Attributes:
        clock: as in `Debounced`; where `Full` is chosen for a definition that reads the clock, its `every`.

    Example:
        ReadModel("order_totals", "SELECT id, total FROM orders", key=("id",), refresh=Auto(clock=300))
    """

    debounce: Debounce = Debounce()
    clock: float = 60.0

    def __post_init__(self) -> None:
        _require_positive("clock", self.clock)


Refresh = Auto | Debounced | Realtime | Full


def _require_positive(name: str, seconds: float) -> None:
    if seconds <= 0:
        raise ValueError(f"{name} ({seconds:g} s) has to be more than 0 s")
