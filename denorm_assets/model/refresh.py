"""The three ways of keeping a read model fresh."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Debounce:
    """When a refresh is due: after `quiet` seconds without a change, at the latest `max_wait` after the first."""

    quiet: float = 1.0
    max_wait: float = 5.0

    def __post_init__(self) -> None:
        if not 0 <= self.quiet <= self.max_wait:
            raise ValueError(f"quiet ({self.quiet:g} s) has to lie between 0 and max_wait ({self.max_wait:g} s)")


@dataclass(frozen=True)
class Debounced:
    """A table; what changed is recomputed once the changes have been quiet."""

    debounce: Debounce = Debounce()


@dataclass(frozen=True)
class Realtime:
    """A table; recomputed in the writing transaction where it can lock at once, and healed by drains."""

    debounce: Debounce = Debounce(quiet=0.2, max_wait=1.0)


@dataclass(frozen=True)
class Full:
    """A materialized view, refreshed as a whole once changes have been quiet.

    Attributes:
        every: seconds after which time alone refreshes it, for definitions that depend on the clock; None without.
    """

    debounce: Debounce = Debounce()
    every: float | None = None

    def __post_init__(self) -> None:
        if self.every is not None and self.every <= 0:
            raise ValueError(f"every ({self.every:g} s) has to be more than 0 s")


Refresh = Debounced | Realtime | Full
