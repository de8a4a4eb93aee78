"""Backfilling a range: batches under a lease, then a comparison; done means compared."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime

import psycopg

from denorm_assets.db.backfill.batches import Batch, BatchWriter, raise_duplicates
from denorm_assets.db.compare.compare import compare_settled
from denorm_assets.db.control.leases import Lease, hold_lease
from denorm_assets.db.control.locks import drain_lock, ensure
from denorm_assets.db.control.ranges import RangeProgress
from denorm_assets.db.control.registry import Registration
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.errors import error_reason
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import BackfillCancelled, BatchFailed, LeaseLost, NotApplied, RangeDiffers, TookTooLong
from denorm_assets.model.batches import BackfillOptions, next_batch
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.comparison import Comparison
from denorm_assets.model.ranges import IdInterval, IdRange
from denorm_assets.sql.control import query
from denorm_assets.sql.rows.batch import holds_rows
from denorm_assets.sql.rows.predicates import in_range

_LOG = logging.getLogger(__name__)
_WISH_POLL_SECONDS = 0.25


@dataclass(frozen=True)
class RangeResult:
    """What came of one range.

    Attributes:
        outcome: `done` (compared equal), `partly` (only a part was asked for; it is not marked done) or
            `left` (another worker finished it while this one stood back).
        seconds: work in PostgreSQL, this range's earlier attempts included.
        done_at: when it was compared equal; None unless it is done.
    """

    key: str
    outcome: str
    row_count: int = 0
    checksum: str = ""
    rows_written: int = 0
    rows_removed: int = 0
    batches: int = 0
    seconds: float = 0.0
    done_at: datetime | None = None


def as_done(progress: RangeProgress) -> RangeResult:
    """What came of a range that is done, as it was recorded."""
    return RangeResult(
        progress.key,
        "done",
        progress.row_count or 0,
        progress.checksum or "",
        progress.rows_written,
        progress.rows_removed,
        progress.batches,
        progress.seconds or 0.0,
        progress.done_at,
    )


def backfill_range(
    database: Database,
    described: DescribedModel,
    registered: Registration,
    id_range: IdRange,
    interval: IdInterval,
    options: BackfillOptions,
    began: datetime,
) -> RangeResult:
    """Make the table right for the IDs in `interval` of `id_range`, and mark the range done where that is all of it.

    What an interrupted worker committed is kept and gone on from. Where the table already holds rows, a comparison
    comes first and equal content is left alone. `began`, by the server's clock, is when a person asked for this work: a
    cancellation after it counts. Raises BackfillCancelled, RangeDiffers and what a batch raises.
    """
    kind = described.driver(id_range.source).kind
    with hold_lease(database, described.full_name, registered.model_id, id_range.key, kind) as lease:
        if lease is None:
            _LOG.info("%s: another worker finished this range, nothing is left to do", id_range.key)
            return RangeResult(id_range.key, "left")
        if lease.code_version != described.code_version:
            raise NotApplied(f"the present version of {described.full_name}")
        with database.session(described.schema) as session:
            ensure(session, drain_lock(registered.model_id))
            if registered.state == "declared":
                session.execute(query("models", "begin_loading", model_id=registered.model_id))
            work = _RangeWork(session, described, lease, id_range, options, began)
            return work.whole() if interval == id_range.interval else work.some(interval)


@dataclass(frozen=True)
class _RangeWork:
    session: Session
    described: DescribedModel
    lease: Lease
    id_range: IdRange
    options: BackfillOptions
    began: datetime

    def whole(self) -> RangeResult:
        began = time.monotonic()
        resumed = self.lease.cursor is not None
        self._obey_wishes()
        if not resumed:
            self._begin()
            if not self._is_fresh(self.id_range.interval):
                comparison = self._try_to_compare()
                if comparison is not None and comparison.equal:
                    return self._done(comparison, time.monotonic() - began)
        self._write(self.id_range.interval.after(self.lease.cursor), moves_cursor=True)
        began = time.monotonic()
        comparison = self._compare()
        if resumed and comparison.wrong:
            _LOG.info("%s: what was loaded before the interruption is stale; restarting the range", self.id_range.key)
            self._begin()
            self._write(self.id_range.interval, moves_cursor=True)
            began = time.monotonic()
            comparison = self._compare()
        # Where everything is stale, the catching up before the read model goes live recomputes it.
        if comparison.wrong:
            self._explain_duplicates()
            raise RangeDiffers(self.described.full_name, self.id_range.key, str(comparison))
        return self._done(comparison, time.monotonic() - began)

    def some(self, interval: IdInterval) -> RangeResult:
        batches = self._write(interval, moves_cursor=False)
        return RangeResult(
            self.id_range.key,
            "partly",
            rows_written=sum(batch.rows_written for batch in batches),
            rows_removed=sum(batch.rows_removed for batch in batches),
            batches=len(batches),
            seconds=sum(batch.seconds for batch in batches),
        )

    def _write(self, remaining: IdInterval | None, *, moves_cursor: bool) -> list[Batch]:
        batches: list[Batch] = []
        if remaining is None:
            return batches
        writer = BatchWriter(
            self.session,
            self.described,
            self.described.driver(self.id_range.source).driver,
            self.lease,
            self.options,
            fresh=self._is_fresh(remaining),
            moves_cursor=moves_cursor,
        )
        size = self.options.first_batch
        while remaining is not None:
            if batches:
                time.sleep(self.options.pause)
            self._obey_wishes()
            batch, size = writer.write(remaining, size)
            batches.append(batch)
            size = next_batch(size, batch.seconds, self.options)
            remaining = None if batch.end is None else remaining.after(batch.end)
        return batches

    def _is_fresh(self, interval: IdInterval) -> bool:
        driver = self.described.driver(self.id_range.source).driver
        return not self.session.one(holds_rows(self.described, driver, interval))["present"]

    def _explain_duplicates(self) -> None:
        """Raise DuplicateKeys where the definition yields them: no table with that key can equal it then."""
        driver = self.described.driver(self.id_range.source).driver
        raise_duplicates(self.session, self.described, driver, self.id_range.interval)

    def _begin(self) -> None:
        self.session.execute(
            query("leases", "begin_range", model_id=self.lease.model_id, key=self.lease.key, token=self.lease.token)
        )

    def _compare(self) -> Comparison:
        try:
            within = in_range(self.described, self.id_range)
            return compare_settled(self.session, self.described, within, self.lease.model_id)
        except (psycopg.Error, TookTooLong) as error:
            raise BatchFailed(
                self.described.full_name,
                self.id_range.key,
                "that compares the whole range",
                error_reason(error),
                "Correct the row or the definition that causes it, then run the range again",
            ) from error

    def _try_to_compare(self) -> Comparison | None:
        """None where that fails: the batches will meet the same row, and tell better which."""
        try:
            return self._compare()
        except BatchFailed:
            return None

    def _done(self, comparison: Comparison, seconds: float) -> RangeResult:
        row = self.session.row(
            query(
                "leases",
                "record_done",
                model_id=self.lease.model_id,
                key=self.lease.key,
                token=self.lease.token,
                row_count=comparison.held_rows,
                checksum=comparison.held_checksum,
                seconds=seconds,
                code_version=self.described.code_version,
                launch=self.options.launch,
            )
        )
        if row is None:
            raise LeaseLost(self.described.full_name, self.lease.key)
        return RangeResult(
            self.id_range.key,
            "done",
            row_count=comparison.held_rows,
            checksum=comparison.held_checksum,
            rows_written=row["rows_written"],
            rows_removed=row["rows_removed"],
            batches=row["batches"],
            seconds=row["seconds"],
            done_at=row["done_at"],
        )

    def _obey_wishes(self) -> None:
        """Wait while a person has paused the read model; stop where one has cancelled its backfills."""
        told = False
        while True:
            wishes = self.session.one(query("models", "wishes", model_id=self.lease.model_id, began=self.began))
            if wishes["cancelled"]:
                raise BackfillCancelled(self.described.full_name, self.id_range.key)
            if not wishes["paused"]:
                return
            if not told:
                _LOG.info(
                    f"{self.id_range.key}: paused; `denorm-assets resume {self.described.full_name}` goes on, "
                    f"`denorm-assets cancel {self.described.full_name}` stops"
                )
                told = True
            time.sleep(_WISH_POLL_SECONDS)
