"""An application that somebody else wrote, its database, and what an engineer there would want of us."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.stress.stranger.site import Site


class Missing(Exception):
    """Something that the database is made with is not on this machine; says what, and how to get it."""


@dataclass(frozen=True)
class Wanted:
    """A read model that the engineer writes; `key` is said where `init` does not propose it."""

    name: str
    text: str
    key: tuple[str, ...] = ()


@dataclass(frozen=True)
class Traffic:
    """What the application did while the worker ran.

    Attributes:
        failed: what PostgreSQL said of its statements that failed.
    """

    transactions: int
    failed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Application:
    """An application.

    Attributes:
        name: what ONLY= takes.
        fill: makes its tables as their owner. Raises Missing.
        reports: SQL of the views that it has for its reports.
        inits: the options of each call of `denorm-assets init`.
        edited: what the engineer makes of SELECTs that `init` proposed.
        written: what the engineer adds by hand to the first package.
        use: writes to its tables for so many seconds, by several clients.
    """

    name: str
    schema: str
    fill: Callable[[Site], None]
    reports: str
    inits: tuple[tuple[str, ...], ...]
    edited: tuple[Wanted, ...]
    written: tuple[Wanted, ...]
    use: Callable[[Site, float], Traffic] = field(repr=False)
