"""Draining: recompute the rows of pending anchors from the definition, and write what differs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from math import inf

import psycopg
from psycopg import errors as pg

from denorm_assets.db.capture.new_members import doubt_unknown_members
from denorm_assets.db.capture.redefinitions import knows_all_members
from denorm_assets.db.changes.anchor_rows import AnchorRows
from denorm_assets.db.changes.partials import BlockRows
from denorm_assets.db.changes.refresh_log import Drained, logged_refresh
from denorm_assets.db.postgres.errors import TRANSIENT, error_reason
from denorm_assets.db.postgres.session import Bound, Session
from denorm_assets.errors import KeyRepeated, TookTooLong
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.sql.control import query
from denorm_assets.sql.rows import batch
from denorm_assets.sql.rows.pending import every_anchor_pending
from denorm_assets.sql.rows.predicates import EVERY_ROW
from denorm_assets.sql.statement import Statement

ANCHORS_PER_TRANSACTION = 20_000
_BYTES_PER_TRANSACTION = 16 * 1024**2
"""Of anchors, which may be long texts: so many are held in memory, and sent to the server."""
MOST_FAILING = 1_000
MOST_TOO_LONG = 10
"""Where more anchors than that fail, or take too long, in one drain, what they have in common is at fault, and looking
on is in vain. Those that were found stay in quarantine."""
MOST_LOCKED = 10
"""Where others hold the rows of more anchors than that, they may hold the whole table, and looking on is in vain."""
SHORT_SECONDS = 5.0
"""So long may a drain take in which others wait for theirs."""
_PARTS = 8
"""Of anchors that take too long together or that somebody holds a row of. To find which ones costs as much time in each
part that has some, so that fewer and smaller parts are better than halves."""


def drain(
    session: Session, described: DescribedModel, model_id: int, requested_at: datetime, *, only_short: bool = False
) -> Drained | None:
    """Refresh a keyed read model from its pending anchors; None where another driver is at it.

    With `only_short`, what turns out to take longer than some seconds stays pending, for whoever keeps nobody waiting.
    The refresh is written down with its outcome. Raises RefreshFailed; what was pending then stays pending.
    """
    bound, until = session.drain_bound, inf
    if only_short:
        bound = Bound(min(bound.seconds or SHORT_SECONDS, SHORT_SECONDS), bound.setting)
        until = time.monotonic() + bound.seconds
    # The whole would take as long as what is in quarantine for that.
    by_anchor: bool = session.one(query("drains", "quarantined", model_id=model_id))["slow"]
    computed = _computed_rows(described)
    draining = _Draining(session, described, model_id, computed, bound, only_short, until, by_anchor)
    with logged_refresh(session, described, model_id, requested_at) as refresh:
        if refresh is None:
            return None
        while (step := draining.step()) is not None:
            refresh.add(step)
    return refresh.done


def rebuild(
    session: Session, described: DescribedModel, model_id: int, bound: Bound | None = None, *, doubts: bool = True
) -> Drained:
    """Merge all rows of the definition into the table, in place: readers go on, and only what differs is written.

    With `doubts` they are stale again if capture does not know all partitions that they were computed from.

    Raises TookTooLong where a statement takes longer than `bound`, by default than a whole read model may take.
    """
    with session.bounded(session.whole_bound if bound is None else bound):
        session.set_local(lock_timeout=session.yielding_lock_timeout)
        session.execute(query("drains", "take_everything", model_id=model_id))
        session.execute(
            query("drains", "release_quarantine", model_id=model_id, everything=True, anchors=[], nulls=True)
        )
        rows = _computed_rows(described).all_rows(session, model_id)
        written, removed = _merge(session, described, rows, EVERY_ROW)
        if doubts:
            doubt_unknown_members(session, model_id)
    return Drained(None, written, removed)


_ROW_ERRORS = (
    psycopg.DataError,
    psycopg.IntegrityError,
    pg.CardinalityViolation,
    pg.RaiseException,
    pg.ProgramLimitExceeded,  # a value too large for an index
    pg.InternalError_,  # a value or a row of more than 1 GB: "invalid memory alloc request size"
    KeyRepeated,
)
"""What single rows can be at fault for. All others, such as a missing function, every anchor would raise alike."""


@dataclass
class _Draining:
    """One drain, portion by portion.

    Attributes:
        rows: how rows are computed.
        bound: how long a statement may take.
        only_short: whether what takes longer stays pending, instead of being looked at anchor by anchor.
        until: by time.monotonic(), when no further portion is begun.
        by_anchor: whether the whole cannot be computed at once, because some row of it fails or never ends.
        failing: how many anchors were put in quarantine.
        too_long: how many of these because they took too long.
        locked: of anchors of this portion whose rows others hold, what PostgreSQL said.
        all_known: whether capture knows all partitions of the sources.
    """

    session: Session
    described: DescribedModel
    model_id: int
    rows: AnchorRows | BlockRows
    bound: Bound
    only_short: bool
    until: float
    by_anchor: bool = False
    failing: int = 0
    too_long: int = 0
    locked: list[pg.LockNotAvailable] = field(default_factory=list[pg.LockNotAvailable])
    all_known: bool = True

    def step(self) -> Drained | None:
        """Recompute the next portion of what is pending; None where nothing is left, or no time.

        Raises LockNotAvailable for anchors whose rows others hold, once the rest of the portion is done.
        """
        if time.monotonic() >= self.until:
            return None
        # Where one cannot be captured now, `kept_fresh` says so, and what is computed would be stale at once.
        self.all_known = self.all_known and knows_all_members(self.session, self.model_id)
        portion = {"model_id": self.model_id, "at_most": ANCHORS_PER_TRANSACTION, "most_bytes": _BYTES_PER_TRANSACTION}
        rows = self.session.rows(query("drains", "pending_anchors", **portion))
        if not rows:
            return None
        anchors = [row["anchor"] for row in rows if not row["everything"] and not row["slow"]]
        slow = [row["anchor"] for row in rows if not row["everything"] and row["slow"]]
        everything = len(anchors) + len(slow) < len(rows)
        everything |= self.rows.needs_all(self.session, self.model_id, rows[0]["total"])
        if everything:
            return self._spell_out() if self.by_anchor else self._rebuild(because_of_all=True)
        named, portions = anchors or slow, rows[0]["total"] / len(rows)
        if self.rows.whole_is_cheaper(self.session, named, portions, known_to_fail=self.by_anchor) and anchors:
            return self._rebuild(because_of_all=False)
        try:
            done = self._recompute(anchors) if anchors else Drained()
            done = reduce(Drained.plus, (self._recompute([anchor]) for anchor in slow), done)
        except pg.FeatureNotSupported:
            # For some anchors the planner may make no plan where it made one for more: see `AnchorRows`.
            if self.by_anchor:
                raise
            return self._rebuild(because_of_all=False)
        if self.locked:
            raise self.locked[0]
        return done

    def _rebuild(self, *, because_of_all: bool) -> Drained:
        try:
            return rebuild(self.session, self.described, self.model_id, self.bound, doubts=self.all_known)
        except pg.LockNotAvailable:
            if because_of_all:
                raise
            self.by_anchor = True
            return Drained()
        except TRANSIENT:
            raise
        except (TookTooLong, *_ROW_ERRORS) as error:
            if isinstance(error, TookTooLong) and self.only_short:
                return self._leave()
            if not self.rows.divisible:
                raise
            self.by_anchor = True
            return Drained()

    def _leave(self) -> Drained:
        """Leave what is pending to whoever may take longer."""
        self.until = 0.0
        return Drained()

    def _spell_out(self) -> Drained:
        """Put every anchor in the place of "everything", so that those whose rows fail can be told from the others."""
        with self.session.bounded(self.session.whole_bound):
            self.session.execute(query("drains", "take_everything", model_id=self.model_id))
            self.session.execute(every_anchor_pending(self.described, self.model_id))
        return Drained()

    def _recompute(self, anchors: Sequence[str | None]) -> Drained:
        """Recompute these anchors in one transaction; where that fails, parts of them, down to the one that fails."""
        if time.monotonic() >= self.until:
            return Drained()
        session = self.session
        known = [anchor for anchor in anchors if anchor is not None]
        taken = {"model_id": self.model_id, "anchors": known, "nulls": len(known) < len(anchors)}
        try:
            with session.bounded(self.bound):
                session.set_local(lock_timeout=session.yielding_lock_timeout)
                session.execute(query("drains", "take_anchors", **taken))
                session.execute(query("drains", "release_quarantine", everything=False, **taken))
                rows, within = self.rows.rows_of(session, self.model_id, anchors)
                written, removed = _merge(session, self.described, rows, within)
                if self.all_known:
                    doubt_unknown_members(session, self.model_id)
            return Drained(len(anchors), written, removed)
        except pg.LockNotAvailable as error:
            return self._leave_locked(anchors, error)
        except TRANSIENT:
            raise
        except (TookTooLong, *_ROW_ERRORS) as error:
            slow = isinstance(error, TookTooLong)
            if slow and self.only_short:
                return self._leave()
            if not self.rows.divisible:
                raise
            if len(anchors) > 1:
                return self._in_parts(anchors, _PARTS if slow else 2)
            self.failing += 1
            self.too_long += slow
            if self.failing > MOST_FAILING or self.too_long > MOST_TOO_LONG:
                raise
            with session.transaction():
                session.execute(query("drains", "take_anchors", **taken))
                put = {"model_id": self.model_id, "anchor": anchors[0], "error": error_reason(error), "slow": slow}
                session.execute(query("drains", "put_in_quarantine", **put))
            return Drained(1, quarantined=1)

    def _leave_locked(self, anchors: Sequence[str | None], error: pg.LockNotAvailable) -> Drained:
        """Leave what others hold pending, and recompute the rest."""
        if len(anchors) > 1:
            return self._in_parts(anchors, _PARTS)
        self.locked.append(error)
        if len(self.locked) > MOST_LOCKED:
            raise error
        return Drained()

    def _in_parts(self, anchors: Sequence[str | None], parts: int) -> Drained:
        size = -(-len(anchors) // parts)
        portions = (anchors[first : first + size] for first in range(0, len(anchors), size))
        return reduce(Drained.plus, map(self._recompute, portions))


def _merge(session: Session, described: DescribedModel, rows: Statement, within: Statement) -> tuple[int, int]:
    """Make what the table holds `within` the definition's `rows` there; returns how many were written and removed."""
    session.execute(batch.stage_rows(rows))
    session.execute(batch.analyze_stage())
    repeated = session.row(batch.staged_duplicate(described))
    if repeated is not None:
        raise KeyRepeated(repeated["key"], described.model.definition.path, described.model.location)
    removed = session.execute(batch.remove_stale(described, within))
    return session.execute(batch.upsert(described, within)), removed


def _computed_rows(described: DescribedModel) -> AnchorRows | BlockRows:
    return AnchorRows(described) if described.partials is None else BlockRows(described, described.partials)
