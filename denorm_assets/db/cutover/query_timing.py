"""Timing a query before and after, side by side, and showing that both return the same rows."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from statistics import median

import psycopg

from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.pooled_session import PooledSession
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import ConfigurationError, QueryFailed
from denorm_assets.model.sql_file import Sql
from denorm_assets.model.system import QueryPair, System
from denorm_assets.sql.statement import Statement

PAIRS = 5
# psycopg prepares a statement when it has run five times; after five more, PostgreSQL settles on a plan.
_PREPARE_AFTER, _WARM_RUNS = 5, 12
# Of what takes longer, planning is no part worth waiting for.
_WARM_SECONDS = 0.25


@dataclass(frozen=True)
class PairTiming:
    """Medians of interleaved runs, in milliseconds.

    Attributes:
        equal: whether both returned the same rows in the same order.
    """

    query: str
    before_ms: float
    after_ms: float
    rows: int
    equal: bool

    @property
    def speed_up(self) -> float:
        """How many times faster the second query is."""
        return self.before_ms / self.after_ms


def time_pair(
    database: Database, system: System, pair: QueryPair, given: Mapping[str, str], *, patience: float = inf
) -> PairTiming:
    """Run both queries of `pair` in turn, `PAIRS` times after a warm-up, with the parameters in `given` over defaults.

    They run as on an application's pooled connection: prepared. After `patience` seconds no further run is begun; where
    it is 0 each runs once and cold, for its rows.

    Raises ConfigurationError for a parameter that the pair does not have or a value of the wrong kind, QueryFailed
    for what PostgreSQL refuses.
    """
    params = _parameters(pair, given)
    with database.session(system.schema) as session, session.resolving(), _preparing(session):
        first_before, first_after = _timed(session, pair.before, params), _timed(session, pair.after, params)
        until = time.perf_counter() + patience
        _warm_up(session, pair.before, params, first_before[1], until)
        _warm_up(session, pair.after, params, first_after[1], until)
        timings: list[tuple[float, float]] = []
        while len(timings) < PAIRS and time.perf_counter() < until:
            timings.append((_timed(session, pair.before, params)[1], _timed(session, pair.after, params)[1]))
        timings = timings or [(first_before[1], first_after[1])]
    return PairTiming(
        pair.name,
        median(before for before, _ in timings),
        median(after for _, after in timings),
        len(first_after[0]),
        first_before[0] == first_after[0],
    )


def _parameters(pair: QueryPair, given: Mapping[str, str]) -> dict[str, int | str]:
    params = dict(pair.parameters)
    for name, text in given.items():
        if name not in params:
            raise ConfigurationError(
                f"the query {pair.name} has no parameter --{name}; it has {', '.join(f'--{p}' for p in sorted(params))}"
            )
        try:
            params[name] = int(text) if isinstance(params[name], int) else text
        except ValueError:
            raise ConfigurationError(f"--{name} {text!r} is not a whole number; give one") from None
    return params


@contextmanager
def _preparing(session: Session) -> Generator[None]:
    # Behind a pooler there is nothing to prepare them in.
    after = None if isinstance(session, PooledSession) else _PREPARE_AFTER
    usual, session.connection.prepare_threshold = session.connection.prepare_threshold, after
    try:
        yield
    finally:
        session.connection.prepare_threshold = usual


def _warm_up(session: Session, file: Sql, params: Mapping[str, int | str], first_ms: float, until: float) -> None:
    """Run it until, of a quick query, the plan is settled; its first run has taken `first_ms` and cached the pages."""
    for _ in range(min(_WARM_RUNS, int(_WARM_SECONDS * 1000 / first_ms))):
        if time.perf_counter() < until:
            _timed(session, file, params)


def _timed(session: Session, file: Sql, params: Mapping[str, int | str]) -> tuple[list[dict[str, object]], float]:
    statement = Statement(file.text, params=params)
    began = time.perf_counter()
    try:
        rows = session.rows(statement)
    except psycopg.Error as error:
        raise QueryFailed(file.path, error.diag.message_primary or str(error)) from error
    return rows, (time.perf_counter() - began) * 1000
