"""What is kept once nothing is pending any more, compared with what it should be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Protocol

import psycopg

from denorm_assets.model.system import System
from tests.support.live import one_number, pending, wrong_rows


class Settled(Protocol):
    """What came of a race, as far as `examine` fills it in.

    Attributes:
        pending: changes that are not shown yet; `quarantined` anchors that could not be computed.
        refreshes: status of a refresh -> how many there were; `failures` what they said, and how often.
        wrong: read model -> rows that differ from its definition, on either side.
    """

    pending: int
    quarantined: int
    refreshes: Counter[str]
    failures: Counter[str]
    wrong: dict[str, int]


def examine(url: str, systems: Sequence[System], outcome: Settled) -> None:
    """Note the refreshes, and compare each read model with its definition, at its stored time where it has one."""
    outcome.pending = pending(url)
    with psycopg.connect(url, autocommit=True) as connection:
        outcome.quarantined = one_number(connection, "SELECT count(*) FROM denorm.quarantine")
        for status, error, count in connection.execute(
            "SELECT status, error, count(*) FROM denorm.refresh GROUP BY status, error"
        ):
            outcome.refreshes[status] += count
            if error is not None:
                outcome.failures[error] += count
    for system in systems:
        outcome.wrong |= wrong_rows(url, system)


def deadlocks_counted(connection: psycopg.Connection[tuple[Any, ...]]) -> int:
    """How many deadlocks the statistics of the database count."""
    return one_number(connection, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
