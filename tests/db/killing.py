"""Killing whoever works on a database at its n-th statement, for n from 1 on, until nothing is left to kill."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import suppress

import psycopg
import pytest

from denorm_assets.db.session import Session
from denorm_assets.errors import DenormError
from denorm_assets.sql.statement import Statement


def killed_at_each_statement(
    url: str, monkeypatch: pytest.MonkeyPatch, work: Callable[[], object], every: int = 1, *, first: int = 1
) -> Iterator[int]:
    """Do `work`, its connection ended at statement `first`, `first` + every, ...; yields after each that is reached."""
    run: Callable[[Session, Statement], object] = Session._run  # pyright: ignore[reportPrivateUsage]
    for last in itertools.count(first, every):
        numbers = itertools.count(1)

        def run_or_die(
            session: Session, statement: Statement, *, numbers: itertools.count[int] = numbers, last: int = last
        ) -> object:
            if next(numbers) == last:
                with psycopg.connect(url, autocommit=True) as other:
                    other.execute("SELECT pg_terminate_backend(%s, 10000)", [session.connection.info.backend_pid])
            return run(session, statement)

        with monkeypatch.context() as killing:
            killing.setattr(Session, "_run", run_or_die)
            with suppress(DenormError, psycopg.Error):
                work()
        if next(numbers) <= last:
            return
        yield last
