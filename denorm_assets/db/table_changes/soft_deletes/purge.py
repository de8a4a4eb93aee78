"""Purging: deleting rows for good that were marked as deleted long ago, and that nothing refers to any more."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.lock_retry import retry_on_lock_timeout
from denorm_assets.db.postgres.session import Session
from denorm_assets.db.table_changes.soft_deletes.mark import is_our_view, tables_of
from denorm_assets.errors import ConfigurationError, NotApplied
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.table_changes import purging
from denorm_assets.sql.table_changes.purging import Purgeable, Referring, key_name
from denorm_assets.sql.table_changes.soft_deletes import live_view

_LOG = logging.getLogger(__name__)
_BATCH = 500


@dataclass(frozen=True)
class PurgeOptions:
    """How far a purge goes.

    Attributes:
        older_than_days: how long ago rows were marked at least; None for what the declaration says.
        minutes: the time limit; None: none.
        dry_run: only count.
    """

    older_than_days: int | None = None
    minutes: float | None = None
    dry_run: bool = False


@dataclass(frozen=True)
class Purged:
    """What a purge did with one table, or would do.

    Attributes:
        rows: rows deleted for good.
        kept_for_living: rows kept, because rows that are not deleted refer to them.
        kept_for_kept: rows kept, because others refer to them that are marked and kept themselves.
        finished: whether it came to the end of what is old enough.
    """

    table: str
    rows: int = 0
    kept_for_living: int = 0
    kept_for_kept: int = 0
    finished: bool = True

    @property
    def summary(self) -> str:
        """One line."""
        parts = [f"{self.rows:,} rows purged"]
        if self.kept_for_living:
            parts.append(f"{self.kept_for_living:,} kept: they have rows that are not deleted")
        if self.kept_for_kept:
            parts.append(f"{self.kept_for_kept:,} kept: they have rows that are deleted and kept")
        if not self.finished:
            parts.append("out of time, the next purge goes on")
        return "; ".join(parts)


def purge(database: Database, system: System, options: PurgeOptions) -> list[Purged]:
    """Purge all tables with soft deletes, those that refer to others first; returns what became of each.

    Nothing is deleted but rows that were marked long enough ago: a row is kept while any other refers to it by a
    foreign key that would delete it along, or forbid the purge. Each batch commits by itself, and rows that others hold
    are left for the next purge. Raises ConfigurationError or NotApplied where there are no soft deletes.
    """
    works = system.soft_deletes
    if not works:
        raise ConfigurationError(f"the system {system.name} declares no soft deletes, so there is nothing to purge")
    keep_days = {
        table: work.kept_days if options.older_than_days is None else options.older_than_days
        for work in works
        for table in tables_of(system, work)
    }
    deadline = None if options.minutes is None else time.monotonic() + options.minutes * 60
    results: list[Purged] = []
    with database.session(system.schema) as session:
        session.set_session(lock_timeout=session.yielding_lock_timeout)
        for of in _children_first([_look(session, table, keep_days) for table in keep_days]):
            before = session.one(query("purging", "before", days=keep_days[of.table]))["before"]
            done = _purge_table(session, of, before, deadline, dry_run=options.dry_run)
            _LOG.info("%s: %s%s", done.table, done.summary, " (dry run)" if options.dry_run else "")
            results.append(done)
    return results


def _look(session: Session, table: TableName, marked: Mapping[TableName, int]) -> Purgeable:
    named = {"schema": table.schema, "table": table.name}
    # The application may have a column of that name, and nobody asked us yet to make anything of it.
    if not is_our_view(session, live_view(table)):
        raise NotApplied(f"the view {live_view(table)}")
    key = {row["column"]: row["type"] for row in session.rows(query("soft_deletes", "key", **named))}
    referring = tuple(
        Referring(found, tuple(row["columns"]), tuple(row["to_columns"]), found in marked)
        for row in session.rows(query("purging", "referring", **named))
        for found in [TableName(row["table"], row["schema"])]
    )
    return Purgeable(table, key, referring)


def _children_first(tables: Sequence[Purgeable]) -> list[Purgeable]:
    """Those that refer to others before these, as far as they do not refer to each other in a circle."""
    known = {of.table: of for of in tables}
    ordered: dict[TableName, Purgeable] = {}
    seen: set[TableName] = set()

    def visit(of: Purgeable) -> None:
        if of.table in seen:
            return
        seen.add(of.table)
        for each in of.referring:
            if each.table in known:
                visit(known[each.table])
        ordered[of.table] = of

    for of in tables:
        visit(of)
    return list(ordered.values())


def _purge_table(session: Session, of: Purgeable, before: datetime, deadline: float | None, *, dry_run: bool) -> Purged:
    done = _pass_over(session, of, before, deadline, dry_run=dry_run)
    purged = done.rows
    # Rows of the same table may have waited for those that are gone now.
    while of.refers_to_itself and done.rows and done.kept_for_kept and done.finished and not dry_run:
        done = _pass_over(session, of, before, deadline, dry_run=False)
        purged += done.rows
    return Purged(str(of.table), purged, done.kept_for_living, done.kept_for_kept, done.finished)


def _pass_over(session: Session, of: Purgeable, before: datetime, deadline: float | None, *, dry_run: bool) -> Purged:
    """Look at each row that is old enough once."""
    done = Purged(str(of.table))
    session.execute(purging.choose(of).binding(before=before))
    while chosen := session.rows(purging.next_batch(_BATCH)):
        if deadline is not None and time.monotonic() > deadline:
            done = replace(done, finished=False)
            break
        batch = retry_on_lock_timeout(session)(_purge_batch, session, of, before, chosen, dry_run=dry_run)
        done = Purged(
            done.table,
            done.rows + batch.rows,
            done.kept_for_living + batch.kept_for_living,
            done.kept_for_kept + batch.kept_for_kept,
        )
    session.execute(purging.end())
    return done


def _purge_batch(
    session: Session, of: Purgeable, before: datetime, chosen: Sequence[Mapping[str, Any]], *, dry_run: bool
) -> Purged:
    """Purge some rows, given by their keys, in one transaction.

    What refers to a row is looked for in a statement after the one that locked it: what came before is seen then, and
    nothing can come any more.
    """
    with session.transaction():
        if not dry_run:
            chosen = session.rows(purging.lock(of).binding(before=before, **_keys(of, chosen)))
        judged = session.rows(purging.judge(of, as_if_purged=dry_run).binding(before=before, **_keys(of, chosen)))
        free = [row for row in judged if not row["referred"]]
        if free and not dry_run:
            session.execute(purging.delete(of).binding(**_keys(of, free)))
    living = sum(row["living"] for row in judged)
    return Purged(str(of.table), len(free), living, len(judged) - len(free) - living)


def _keys(of: Purgeable, rows: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    return {key_name(place): [row[key_name(place)] for row in rows] for place in range(len(of.key))}
