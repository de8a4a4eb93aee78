"""Identifiers of a million rows per table become `uuid` while an application writes: who waits, and what it saves."""

from __future__ import annotations

import time
from uuid import UUID

from denorm_assets.db.postgres.database import Database
from denorm_assets.db.table_changes.phase_work import check_identifiers, check_index_bytes, do_work, undo_work
from denorm_assets.model.check_result import CheckResult
from denorm_assets.model.system import System
from denorm_assets.settings import LOCK_BOUND_MS
from tests.bench.sampled import LOOK_SECONDS, Waits, sampled
from tests.bench.temporary_server import temporary_server
from tests.bench.waits import WRITER, Measured, Statements, Work, beyond_ms, measure
from tests.support.identifiers.library import CONTRACT, EXPAND, FILL, LIBRARY, SWITCH, fill, shape
from tests.support.reports import Figure, report

ROWS = {"small": 30_000, "full": 1_000_000}
SECONDS = {"small": 15.0, "full": 300.0}
"""Of the writers alone: as long as the work takes, because a disk has slow moments of its own, a few in ten minutes."""
_SETTINGS = {"min_wal_size": "1GB"}
"""A server in use has WAL files to write over; a new one makes and flushes each, and all commits wait for that."""
_TEXTS = (
    "INSERT INTO library.people (id, name) VALUES (%(new)s, 'new')",
    "INSERT INTO library.books (id, owner_id, title) VALUES (%(new)s, %(new)s, 'new')",
    "UPDATE library.books SET title = title || '.', lent_to = %(new)s WHERE id = md5('b' || %(row)s)::uuid::text",
    "INSERT INTO library.book_tags (book_id, tag_id) VALUES (%(new)s, md5('t' || %(row)s)::uuid::text)",
    "SELECT b.title, p.name FROM library.books AS b JOIN library.people AS p ON p.id = b.owner_id WHERE b.id = %(new)s",
    "DELETE FROM library.books WHERE id = %(new)s",
)
"""By text, as statements that were written, and prepared, before."""
_UUID_TEXTS = (
    "INSERT INTO library.people (uid, name) VALUES (%(new)s, 'new')",
    "INSERT INTO library.books (uid, owner_uid, title) VALUES (%(new)s, %(new)s, 'new')",
    "UPDATE library.books SET title = title || '.', lent_to_uid = %(new)s WHERE uid = md5('b' || %(row)s)::uuid",
    "INSERT INTO library.book_tags (book_uid, tag_uid) VALUES (%(new)s, md5('t' || %(row)s)::uuid)",
    "SELECT b.title, p.name FROM library.books AS b JOIN library.people AS p ON p.uid = b.owner_uid"
    " WHERE b.uid = %(new)s",
    "DELETE FROM library.books WHERE uid = %(new)s",
)


def there(database: Database, system: System) -> None:
    """Expand, fill and switch."""
    for phase in (EXPAND, FILL, SWITCH):
        do_work(database, system, phase)


def back(database: Database, system: System) -> None:
    """Undo."""
    undo_work(database, system, SWITCH)


def contract(database: Database, system: System) -> None:
    """Drop the text columns."""
    do_work(database, system, CONTRACT)


def run(size: str) -> bool:
    """Measure; returns whether all goals are met."""
    rows = ROWS[size]
    with temporary_server("denorm-identifiers-", _SETTINGS) as (_, postgres):
        postgres.ensure_database("library")
        url = postgres.url("library")
        fill(url, people=rows, books=rows, tags=rows, book_tags=rows)
        before = shape(url)

        def params(number: int) -> dict[str, object]:
            return {"new": str(UUID(int=time.time_ns() << 20 | number)), "row": str(number % (rows // 2) + 1)}

        by_text, by_uuid = Statements(_TEXTS, params), Statements(_UUID_TEXTS, params)
        alone = measure(url, by_text, SECONDS[size], None)
        found: dict[str, Measured] = {}
        seconds: dict[str, float] = {}
        waits: dict[str, Waits] = {}

        def during(title: str, work: Work, statements: Statements) -> None:
            began = time.monotonic()
            with sampled(url, WRITER) as waits[title]:
                found[title] = measure(url, statements, 0.0, (work, LIBRARY))
            seconds[title] = time.monotonic() - began

        during("expand, fill, switch", there, by_text)
        during("undo", back, by_text)
        undone = shape(url) != before
        during("the same again", there, by_text)
        equal, bytes_of_indexes = _looked_at(url)
        during("contract", contract, by_uuid)
    figures = [
        Figure("rows of each of four tables", rows),
        Figure("writers alone: longest statement", alone.longest_ms, "ms"),
        *(
            Figure(f"{title}: longest statement, beyond that", beyond_ms(each, alone), "ms", at_most=LOCK_BOUND_MS)
            for title, each in found.items()
        ),
        *(
            Figure(f"{title}: longest wait for locks", waited.longest_lock_ms(), "ms", at_most=LOCK_BOUND_MS)
            for title, waited in waits.items()
        ),
        *(Figure(title, took, "s") for title, took in seconds.items()),
        Figure("statements that failed", sum(len(each.errors) for each in (alone, *found.values())), at_most=0),
        Figure("identifiers that differ", 0 if equal.passed else 1, at_most=0),
        Figure("undone, but not as it was", undone, at_most=0),
        Figure("a value: text / uuid", _ratio(equal, "text bytes", "uuid bytes"), "x"),
        Figure("indexes: text / uuid", _ratio(bytes_of_indexes, "text bytes", "uuid bytes"), "x"),
    ]
    details = {
        **{title: each.details() for title, each in {"alone": alone, **found}.items()},
        f"what the slowest did, seen every {LOOK_SECONDS} s": {title: each.slowest() for title, each in waits.items()},
        "values": equal.rows,
        "indexes": bytes_of_indexes.rows,
    }
    return report(f"bench-identifiers-{size}", figures, details)


def _looked_at(url: str) -> tuple[CheckResult, CheckResult]:
    database = Database(url)
    with database.session("library") as session:
        found = (
            check_identifiers(session, LIBRARY, SWITCH),
            check_index_bytes(session, LIBRARY, SWITCH),
        )
    database.close()
    return found


def _ratio(result: CheckResult, over: str, under: str) -> float:
    return sum(float(row[over] or 0) for row in result.rows) / sum(float(row[under] or 0) for row in result.rows)
