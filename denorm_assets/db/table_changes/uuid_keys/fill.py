"""Fill: the `uuid` columns of rows that were there before the triggers, block by block; and comparing both sides."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from psycopg import errors as pg
from psycopg.rows import DictRow

from denorm_assets.db.introspection.estimates import held_rows
from denorm_assets.db.postgres.lock_retry import PATIENT_LOCK_TIMEOUT, retry_on_lock_timeout
from denorm_assets.db.postgres.session import Session
from denorm_assets.db.table_changes.uuid_keys.columns import IdentifierColumn, Tables, twins
from denorm_assets.errors import IdentifiersDiffer
from denorm_assets.model.check_result import CheckResult, Row
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.statement import Statement
from denorm_assets.sql.step import Stage, Step
from denorm_assets.sql.table_changes import uuid_keys

_LOG = logging.getLogger(__name__)
_FILLED = 40_000
"""Rows a second, with one column to fill, measured on 2 cores."""
_FIRST_BLOCKS, _MOST_BLOCKS = 8, 4_096
_SHARE_OF_BOUND = 0.25
"""A batch takes so much of what the application may wait: the rows that it has written are locked until it commits."""
_MOST_OF_BOUND, _SMALLER = 0.5, 8
"""A batch that would take more of it is given up, and begun again with so many times fewer blocks."""
_SAMPLES = 3
_TOLD_AFTER = 5.0


def plan_fill(session: Session, tables: Tables) -> list[Step]:
    """A step per table: `fill` where a row's columns do not match, found by looking at all rows."""
    return [_step(session, of, columns) for of, columns in tables.items()]


def _step(session: Session, of: TableName, columns: Sequence[IdentifierColumn]) -> Step:
    if _is_filled(session, of, columns):
        return Step("uuid values", str(of), "keep", Stage.BEFORE_LOAD)
    watchers, avoidable = _watchers(session, of)
    why = "" if avoidable else f"{', '.join(watchers)} run for every row that is filled"
    seconds = held_rows(session, of) / _FILLED
    lock = "rows of a batch, for a moment"
    batch = _batch(of, columns, unwatched=bool(watchers) and avoidable)
    statements = (batch, uuid_keys.vacuum(of))
    return Step("uuid values", str(of), "fill", Stage.BEFORE_LOAD, lock, statements, seconds, why)


def _batch(of: TableName, columns: Sequence[IdentifierColumn], *, unwatched: bool) -> Statement:
    """The statement of one batch; `unwatched`, it runs while the application's triggers are off."""
    fill_blocks = uuid_keys.fill_blocks_directly if unwatched else uuid_keys.fill_blocks
    return fill_blocks(of, twins(columns))


def _watchers(session: Session, of: TableName) -> tuple[list[str], bool]:
    """The application's triggers that an UPDATE runs; and whether filling needs run none of them."""
    rows = session.rows(query("identifiers", "watchers", schema=of.schema, table=of.name, trigger=uuid_keys.TRIGGER))
    return [row["name"] for row in rows], all(row["avoidable"] for row in rows)


def _is_filled(session: Session, of: TableName, columns: Sequence[IdentifierColumn]) -> bool:
    if not all(column.has_text for column in columns):
        return True
    if not all(column.has_uuid for column in columns):
        return False
    return not session.one(uuid_keys.any_differing(of, twins(columns)))["present"]


def fill(session: Session, tables: Tables) -> list[Step]:
    """Do what `plan_fill` shows, in batches that commit by themselves; returns the steps.

    Killed, the next call writes only what is left.

    What is written meanwhile is in step already, so one pass over the blocks that there are at its beginning is enough.
    Raises LockHeld, and IdentifiersDiffer with what cannot be filled.
    """
    steps = plan_fill(session, tables)
    for (of, columns), step in zip(tables.items(), steps, strict=True):
        if step.action == "fill":
            if step.why:
                _LOG.info("identifiers %s: %s", of, step.why)
            _fill_table(session, of, columns)
            session.set_session(lock_timeout=PATIENT_LOCK_TIMEOUT)
            retry_on_lock_timeout(session)(session.maintain, uuid_keys.vacuum(of))
    require_equal(session, tables)
    return steps


def _fill_table(session: Session, of: TableName, columns: Sequence[IdentifierColumn]) -> None:
    watchers, avoidable = _watchers(session, of)
    unwatched = bool(watchers) and avoidable
    statement = _batch(of, columns, unwatched=unwatched)
    blocks: int = session.one(query("identifiers", "blocks", schema=of.schema, table=of.name))["blocks"]
    first, size, rows, told = 0, _FIRST_BLOCKS, 0, time.monotonic()
    while first < blocks:
        beyond = min(first + size, blocks)
        began = time.perf_counter()
        batch = statement.binding(first=f"({first},0)", beyond=f"({beyond},0)")
        try:
            rows += retry_on_lock_timeout(session)(_fill_blocks, session, batch, unwatched, within=size > 1)
        except pg.QueryCanceled:
            if size == 1:
                raise
            size = max(1, size // _SMALLER)
            continue
        took = time.perf_counter() - began
        first, wanted = beyond, session.lock_bound_seconds * _SHARE_OF_BOUND
        size = max(1, min(_MOST_BLOCKS, 2 * size, int(size * wanted / max(took, 1e-6))))
        if time.monotonic() - told > _TOLD_AFTER:
            told = time.monotonic()
            _LOG.info(f"identifiers {of}: {first / blocks:.0%} of its blocks, {rows:,} rows filled")
    _LOG.info(f"identifiers {of}: {rows:,} rows filled")


def _fill_blocks(session: Session, statement: Statement, unwatched: bool, *, within: bool) -> int:
    with session.transaction():
        if within:
            # How long it takes is known only of the blocks before, which may have held next to nothing.
            session.set_local(statement_timeout=f"{session.lock_bound_seconds * _MOST_OF_BOUND * 1000:.0f}ms")
        if unwatched:
            # To the application's triggers nothing has changed: no `updated_at`, no line in an audit.
            session.set_local(session_replication_role="replica")
        # Where we and the application want each other's rows, we yield.
        session.set_local(lock_timeout=session.short_lock_timeout)
        return session.execute(statement)


def require_equal(session: Session, tables: Tables) -> None:
    """Raises IdentifiersDiffer unless every `uuid` column says what the text one does."""
    faults: list[str] = []
    for of, columns in tables.items():
        for row in _compared(session, of, columns):
            if not row["differing"]:
                continue
            twin = next(column.twin for column in columns if column.twin.text == row["column"])
            listed = session.rows(uuid_keys.malformed(of, twin, _SAMPLES))
            samples = ", ".join(repr(each["value"]) for each in listed)
            faults.append(
                f"{listed[0]['rows']:,} values of {of}.{twin.text} are no UUIDs, for example {samples}"
                if listed
                else f"{row['differing']:,} rows of {of}.{twin.text} are not filled"
            )
    if faults:
        raise IdentifiersDiffer(faults)


def _compared(session: Session, of: TableName, columns: Sequence[IdentifierColumn]) -> list[DictRow]:
    there = [column for column in columns if column.has_text and column.has_uuid]
    return session.rows(uuid_keys.compare(of, twins(there))) if there else []


def compared(session: Session, tables: Tables) -> list[Row]:
    """A row for each pair of columns that there is: how many rows differ, and the average bytes of either."""
    return [
        {
            "column": f"{of}.{row['column']}",
            "rows": row["rows"],
            "differing": row["differing"],
            "text bytes": _rounded(row["text_bytes"]),
            "uuid bytes": _rounded(row["uuid_bytes"]),
        }
        for of, columns in tables.items()
        for row in _compared(session, of, columns)
    ]


def _rounded(bytes_each: float | None) -> float | None:
    return None if bytes_each is None else round(float(bytes_each), 1)


def identifiers_equal(session: Session, full_name: str, tables: Tables) -> CheckResult:
    """Whether every pair of columns says the same, as a check of the phase `full_name`."""
    rows = tuple(compared(session, tables))
    missing = [column for columns in tables.values() for column in columns if column.has_text and not column.has_uuid]
    wrong = [str(row["column"]) for row in rows if row["differing"]]
    count = sum(int(row["rows"] or 0) for row in rows)
    if missing:
        summary = f"{len(missing)} identifiers have no uuid column yet; materialize the phase that expands them"
    elif wrong:
        summary = (
            f"{len(wrong)} of {len(rows)} identifiers differ ({', '.join(wrong[:5])}); materialize this phase again"
        )
    elif not rows:
        summary = "the text columns are gone; there is nothing left to compare"
    else:
        summary = f"{len(rows)} identifiers are equal in {count:,} rows"
    return CheckResult("identifiers_equal", full_name, not missing and not wrong, summary, rows)
