"""One reconciliation: segment by segment, what differs is found, counted and repaired."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import replace
from typing import Any

import psycopg

from denorm_assets.db.compare.bisect import Drifted, locate
from denorm_assets.db.compare.compare import compare_settled
from denorm_assets.db.compare.materialized_views import view_state
from denorm_assets.db.compare.segments import AS_A_WHOLE, Segment, segments_to_compare
from denorm_assets.db.control.audit_log import audited_rows
from denorm_assets.db.control.registry import Registration, current_registration
from denorm_assets.db.postgres.errors import error_reason
from denorm_assets.db.postgres.session import Session
from denorm_assets.db.reconcile.diagnose import explain_drift
from denorm_assets.db.reconcile.repair import Repairer
from denorm_assets.errors import DenormError, ServerUnreachable
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.comparison import Comparison
from denorm_assets.model.reconcile import Reconciled, ReconcileOptions
from denorm_assets.model.system import System
from denorm_assets.sql.control import query
from denorm_assets.sql.rows.anchors import settled
from denorm_assets.sql.rows.predicates import EVERY_ROW, both
from denorm_assets.sql.rows.repair import differing_anchors, differing_images
from denorm_assets.sql.statement import Statement

_LOG = logging.getLogger(__name__)
_ATTEMPTS = 3
"""A segment that differs after its repair is looked at again: the application goes on writing."""
_LOAD_POLL_SECONDS = 0.5
_ROWS_SHOWN = 50


class Reconciliation:
    """One read model, being reconciled; `done` grows with each segment."""

    def __init__(
        self,
        session: Session,
        system: System,
        described: DescribedModel,
        registered: Registration,
        options: ReconcileOptions,
        reconciliation_id: int,
        deadline: float | None,
    ) -> None:
        self._session = session
        self._system = system
        self._described = described
        self._registered = registered
        self._options = options
        self._id = reconciliation_id
        self._deadline = deadline
        self._repairer = Repairer(session, described, registered.model_id, reconciliation_id)
        self._done = Reconciled(described.full_name, options.repair)
        self._found: list[dict[str, Any]] = []

    def segments(self) -> Reconciled:
        """Compare, and repair, segment by segment."""
        segments, held = segments_to_compare(self._session, self._described, self._registered, self._options)
        self._done = replace(self._done, all_segments=len(segments))
        for segment in segments:
            if not self._may_begin():
                break
            try:
                self._reconcile(segment, held)
            except ServerUnreachable:
                raise
            except (psycopg.Error, DenormError) as error:
                self._count(segments=1)
                self._done = replace(self._done, failed={**self._done.failed, segment.name: error_reason(error)})
        return self._with_rows()

    def view(self) -> Reconciled:
        """Compare a materialized view with what it should hold, and refresh it where that was altered."""
        session, described = self._session, self._described
        state = view_state(session, described, self._registered)
        self._count(segments=1, all_segments=1, held=state.held)
        if state.outcome == "failed":
            return replace(self._done, failed={AS_A_WHOLE: state.why})
        if state.outcome == "differs":
            rows = session.rows(differing_anchors(described, EVERY_ROW, 1))
            found = rows[0] if rows else {"missing": 0, "extra": 0, "altered": 0}
            self._take_note(Drifted((), found["missing"], found["extra"], found["altered"], EVERY_ROW), None)
        mendable = state.outcome == "altered" or (state.outcome == "differs" and self._may_repair(state.held))
        if mendable and self._options.repair:
            self._count(repaired=self._repairer.view(self._cause or "it was altered, or refreshed by somebody else"))
            state = view_state(session, described, current_registration(session, self._system, described))
        if not state.passed:
            self._count(wrong=1)
        if state.outcome not in ("equal", "differs"):
            return replace(self._done, note=state.words(described.full_name))
        return self._with_rows()

    def _reconcile(self, segment: Segment, held: int) -> None:
        comparison = self._compare(segment)
        for _ in range(_ATTEMPTS):
            if not comparison.wrong or not self._mend(segment, comparison, held):
                break
            comparison = self._compare(segment)
        self._done = replace(self._done, left_out=max(self._done.left_out, comparison.left_out))
        if comparison.undetermined:
            self._count(undetermined=1)
            return
        self._count(segments=1, held=comparison.held_rows, wrong=0 if comparison.equal else 1)
        if segment.whole and comparison.equal:
            named = {"model_id": self._registered.model_id, "segment": segment.name}
            self._session.execute(query("reconcile", "record_compared", **named))

    def _compare(self, segment: Segment) -> Comparison:
        return compare_settled(self._session, self._described, segment.within, self._registered.model_id)

    def _mend(self, segment: Segment, comparison: Comparison, held: int) -> bool:
        """Find what differs and repair it; whether the segment is worth another look: also where it is right by now."""
        model_id, at_most = self._registered.model_id, self._options.most_rows + 1
        again, located = False, False
        for drifted in locate(self._session, self._described, model_id, segment.within, comparison, at_most):
            located = True
            self._take_note(drifted, segment)
            # It may have grown a lot since anybody counted.
            if not self._may_repair(max(held, comparison.held_rows)):
                continue
            self._count(repaired=self._repairer.rows(drifted.anchors, drifted.within, segment.name, self._cause))
            again = True
        return again or not located

    def _take_note(self, drifted: Drifted, segment: Segment | None) -> None:
        self._count(missing=drifted.missing, extra=drifted.extra, altered=drifted.altered)
        name = segment.name if segment is not None else AS_A_WHOLE
        _LOG.info(
            f"{self._described.full_name} {name}: {drifted.missing} rows missing, {drifted.extra} too many, "
            f"{drifted.altered} altered"
        )
        if not self._done.causes:
            driver = None if segment is None else segment.driver
            causes = explain_drift(
                self._session, self._system, self._described, self._registered, driver, drifted.anchors
            )
            self._done = replace(self._done, causes=causes)
        if not self._options.repair and len(self._found) < _ROWS_SHOWN:
            self._found += self._images(drifted.within, name)

    def _images(self, within: Statement, name: str) -> list[dict[str, Any]]:
        left = _ROWS_SHOWN - len(self._found)
        # A view is compared only where nothing is pending.
        is_view = self._described.model.is_view
        found = within if is_view else both(within, settled(self._described, self._registered.model_id))
        rows = self._session.rows(differing_images(self._described, found, left))
        return [{"segment": name, **row} for row in rows]

    def _may_repair(self, held: int) -> bool:
        """Whether what was found so far is few enough; once it is not, nothing more is repaired in this run."""
        if not self._options.repair or self._done.capped:
            return False
        if self._options.may_repair(self._done.differing, held):
            return True
        self._done = replace(self._done, capped=True)
        _LOG.warning(f"{self._described.full_name}: {self._done.differing:,} rows differ, nothing more is repaired")
        return False

    def _may_begin(self) -> bool:
        """Whether there is time for another segment; waits while others are busy."""
        told = False
        while self._deadline is None or time.monotonic() < self._deadline:
            most = self._options.most_active
            if most is None:
                return True
            active = self._session.one(query("reconcile", "active_sessions"))["active"]
            if active <= most:
                return True
            if not told:
                _LOG.info("%s: %s sessions are active, more than %s; waiting", self._described.full_name, active, most)
                told = True
            time.sleep(_LOAD_POLL_SECONDS)
        return False

    @property
    def _cause(self) -> str:
        return "; ".join(self._done.causes)

    def _count(self, **counted: int) -> None:
        sums = {name: getattr(self._done, name) + count for name, count in counted.items()}
        self._done = replace(self._done, **sums)

    def _with_rows(self) -> Reconciled:
        model, rows = self._described.model, self._found
        if self._options.repair:
            asked = {"at_most": _ROWS_SHOWN, "reconciliation_id": self._id}
            rows = audited_rows(self._session, self._system, model, **asked)
        shown = ({"segment": row["segment"], **{c: _text(row[c]) for c in ("key", "before", "after")}} for row in rows)
        return replace(self._done, rows=tuple(shown))


def _text(image: object) -> str:
    return "" if image is None else json.dumps(image, ensure_ascii=False)
