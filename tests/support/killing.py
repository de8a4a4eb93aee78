"""Killing whoever works on a database at its n-th statement, for n from 1 on, until nothing is left to kill."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress

import psycopg
import pytest

from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import DenormError
from denorm_assets.sql.statement import Statement
from tests.support.sampling import STATEMENTS_PER_KILL


def killed_at_each_statement(
    url: str, monkeypatch: pytest.MonkeyPatch, work: Callable[[], object], every: int = 1, *, first: int = 1
) -> Iterator[int]:
    """Do `work`, its connection ended at statement `first`, `first` + every, ...; yields after each that is reached.

    In a sample, at each sixth of these.
    """
    for last in itertools.count(first, every * STATEMENTS_PER_KILL):
        if not killed_at(url, monkeypatch, work, last):
            return
        yield last


def killed_at(url: str, monkeypatch: pytest.MonkeyPatch, work: Callable[[], object], last: int) -> bool:
    """Do `work`, its connection ended at statement `last`; whether it came so far."""
    reached = 0

    def die(session: Session) -> None:
        nonlocal reached
        reached += 1
        if reached == last:
            with psycopg.connect(url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 10000)", [session.connection.info.backend_pid])

    with watched_statements(monkeypatch, die), suppress(DenormError, psycopg.Error):
        work()
    return reached >= last


@contextmanager
def watched_statements(monkeypatch: pytest.MonkeyPatch, before: Callable[[Session], None]) -> Generator[None]:
    """Call `before` ahead of every statement."""
    run: Callable[[Session, Statement], object] = Session._run  # pyright: ignore[reportPrivateUsage]

    def look_and_run(session: Session, statement: Statement) -> object:
        before(session)
        return run(session, statement)

    with monkeypatch.context() as watching:
        watching.setattr(Session, "_run", look_and_run)
        yield
