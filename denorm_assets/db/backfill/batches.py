"""One batch of a backfill: an interval of IDs whose rows and cursor commit together."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

import psycopg
from psycopg import errors as pg
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from denorm_assets.db.capture.new_members import doubt_unknown_members
from denorm_assets.db.control import leases
from denorm_assets.db.control.leases import Lease
from denorm_assets.db.control.locks import drain_lock, held_words, shares
from denorm_assets.db.introspection.blockers import failure_reason
from denorm_assets.db.postgres.errors import TRANSIENT
from denorm_assets.db.postgres.lock_retry import ask_until
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import BatchFailed, DuplicateKeys, LeaseLost
from denorm_assets.model.batches import BackfillOptions
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.catalog.drivers import Driver
from denorm_assets.model.ids import Id
from denorm_assets.model.ranges import IdInterval
from denorm_assets.sql.control import query
from denorm_assets.sql.rows import batch
from denorm_assets.sql.rows.predicates import in_interval

_LOG = logging.getLogger(__name__)
_ATTEMPTS = 8
_LOCK_TIMEOUT = "5s"
_DUPLICATE_SAMPLES = 5


@dataclass(frozen=True)
class Batch:
    """A committed batch.

    Attributes:
        end: the last ID that it covered; None where it covered all that was left.
        seconds: from begin to commit.
    """

    end: Id | None
    rows_written: int
    rows_removed: int
    seconds: float


@dataclass(frozen=True)
class BatchWriter:
    """Writes the batches of one range under its lease.

    Attributes:
        fresh: the table held nothing in this interval when the work began, so that rows can simply be inserted.
        moves_cursor: whether commits move the range's cursor (they do not where only a part of a range is asked for).
    """

    session: Session
    described: DescribedModel
    driver: Driver
    lease: Lease
    options: BackfillOptions
    fresh: bool
    moves_cursor: bool

    def write(self, remaining: IdInterval, size: int) -> tuple[Batch, int]:
        """Write the next batch of at most `size` source rows; returns it and the size that went through.

        Tries again after deadlocks and lock timeouts, and with half the size after a statement timeout.
        Raises DuplicateKeys, LeaseLost, BatchFailed, DiskFull or ServerUnreachable; nothing is written then.
        """
        retrying = Retrying(
            retry=retry_if_exception_type(TRANSIENT),
            stop=stop_after_attempt(_ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.05, max=2),
            before_sleep=lambda state: _LOG.warning(
                "%s: %s, trying again",
                self.lease.key,
                type(state.outcome.exception()).__name__,  # pyright: ignore[reportOptionalMemberAccess]
            ),
            reraise=True,
        )
        fresh = self.fresh
        while True:
            try:
                return retrying(self._attempt, remaining, size, fresh), size
            except pg.QueryCanceled:
                if size == 1:
                    raise self._failure(
                        remaining,
                        size,
                        f"one row took longer than {self.options.statement_timeout:g} s",
                        "Allow more time with --statement-timeout, or add the index that the definition needs",
                    ) from None
                size = max(1, size // 2)
                _LOG.warning("%s: statement timeout, going on with batches of %s rows", self.lease.key, size)
            except pg.IdleInTransactionSessionTimeout:
                raise LeaseLost(self.described.full_name, self.lease.key) from None
            except psycopg.Error as error:
                if isinstance(error, pg.UniqueViolation | pg.CardinalityViolation):
                    raise_duplicates(self.session, self.described, self.driver, remaining)
                if fresh and isinstance(error, pg.UniqueViolation):
                    # Rows arrived since the work began: write only what differs.
                    fresh = False
                    continue
                raise self._failure(
                    remaining,
                    size,
                    failure_reason(self.session, self.lease.model_id, error),
                    "Correct the row or the definition that causes it, then run the range again",
                ) from error

    def _attempt(self, remaining: IdInterval, size: int, fresh: bool) -> Batch:
        """Write a batch; waits, in no transaction, while a drain writes rows of the read model."""
        why = f"{self.described.full_name} {self.lease.key}: a refresh is under way"
        return ask_until(
            lambda: self._write_unless_drained(remaining, size, fresh),
            lambda: held_words(self.session, drain_lock(self.lease.model_id), why),
        )

    def _write_unless_drained(self, remaining: IdInterval, size: int, fresh: bool) -> Batch | None:
        began = time.monotonic()
        session = self.session
        with session.transaction():
            session.set_local(
                statement_timeout=f"{round(self.options.statement_timeout * 1000)}ms",
                lock_timeout=_LOCK_TIMEOUT,
                # Stopped for longer than its lease lasts, a worker must not block the one that takes over.
                idle_in_transaction_session_timeout=f"{round(leases.LEASE_SECONDS * 1000)}ms",
            )
            session.forget_plans()
            # A lock of its own statement: a drain in between would see newer rows than the batch stages.
            if not shares(session, drain_lock(self.lease.model_id)):
                return None
            end_row = session.row(batch.batch_end(self.driver, remaining, size))
            end: Id | None = end_row["id"] if end_row else None
            interval = remaining if end is None else IdInterval(remaining.lo, end)
            within = in_interval(self.driver, interval)
            removed = 0
            if fresh:
                written = session.execute(batch.insert(self.described, within))
            else:
                session.execute(batch.stage(self.described, within))
                session.execute(batch.analyze_stage())
                removed = session.execute(batch.remove_stale(self.described, within))
                written = session.execute(batch.upsert(self.described, within))
            doubt_unknown_members(session, self.lease.model_id)
            self._record(end if end is not None else remaining.hi, written, removed, time.monotonic() - began)
        return Batch(end, written, removed, time.monotonic() - began)

    def _record(self, cursor: Id | None, written: int, removed: int, seconds: float) -> None:
        statement = query(
            "leases",
            "record_batch" if self.moves_cursor else "record_partial_batch",
            model_id=self.lease.model_id,
            key=self.lease.key,
            token=self.lease.token,
            rows_written=written,
            rows_removed=removed,
            seconds=seconds,
        )
        if self.moves_cursor:
            statement = statement.binding(
                cursor_id=None if cursor is None else str(cursor), code_version=self.described.code_version
            )
        if self.session.execute(statement) == 0:
            raise LeaseLost(self.described.full_name, self.lease.key)

    def _failure(self, remaining: IdInterval, size: int, reason: str, remedy: str) -> BatchFailed:
        first = "the first ID" if remaining.lo is None else remaining.lo
        return BatchFailed(self.described.full_name, self.lease.key, f"of {size} rows from {first} on", reason, remedy)


def raise_duplicates(session: Session, described: DescribedModel, driver: Driver, interval: IdInterval) -> None:
    """Raise DuplicateKeys, with samples, where the definition yields several rows for a key in `interval`."""
    try:
        duplicates = session.rows(batch.duplicate_keys(described, driver, interval, _DUPLICATE_SAMPLES))
    except psycopg.Error:
        return  # the definition itself fails; the caller says how
    if duplicates:
        raise DuplicateKeys(
            described.full_name,
            described.model.key,
            [f"({row['key']}) {row['rows']} times" for row in duplicates],
            described.model.definition.path,
        )
