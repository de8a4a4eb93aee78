"""Making drifted rows right: lock, look again, write, and write down what was there before (design rule 22)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from denorm_assets.db.compare.segments import AS_A_WHOLE
from denorm_assets.db.control.exclusive_access import alone_with
from denorm_assets.db.postgres.lock_retry import retry_on_lock_timeout
from denorm_assets.db.postgres.session import Session
from denorm_assets.db.refresh.full_refresh import record_whole, refill_view
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.sql.control import query
from denorm_assets.sql.rows import batch
from denorm_assets.sql.rows.anchors import anchored, settled
from denorm_assets.sql.rows.compare import held_digest
from denorm_assets.sql.rows.predicates import EVERY_ROW, both
from denorm_assets.sql.rows.repair import audit
from denorm_assets.sql.statement import Statement

_ANCHORS_PER_TRANSACTION = 200


@dataclass(frozen=True)
class Repairer:
    """Repairs rows of one read model and writes each down, as part of one reconciliation.

    Attributes:
        segment: what the audit log calls the segment that is being repaired.
        cause: why it drifted, for the audit log.
    """

    session: Session
    described: DescribedModel
    model_id: int
    reconciliation_id: int

    def rows(self, anchors: Sequence[str | None], within: Statement, segment: str, cause: str) -> int:
        """Make the rows `within` of these anchors (as text) right; returns how many rows were changed.

        In small transactions, each under the lock that drains take, and in one snapshot: what the application changes
        meanwhile is pending, and left to the next drain.
        """
        changed = 0
        for first in range(0, len(anchors), _ANCHORS_PER_TRANSACTION):
            some = anchors[first : first + _ANCHORS_PER_TRANSACTION]
            with alone_with(self.session, self.described.full_name, self.model_id):
                changed += retry_on_lock_timeout(self.session)(self._repair, some, within, segment, cause)
        return changed

    def view(self, cause: str) -> int:
        """Refresh a materialized view that was altered; returns how many rows that changed, as far as it is known.

        Each is written down; but not where changes are pending, or time alone changes the rows: then only the digests
        are. The mark that asks for a refresh stays.
        """
        with alone_with(self.session, self.described.full_name, self.model_id):
            return retry_on_lock_timeout(self.session)(self._refresh, cause)

    def _repair(self, anchors: Sequence[str | None], within: Statement, segment: str, cause: str) -> int:
        session, described = self.session, self.described
        known = [anchor for anchor in anchors if anchor is not None]
        of_anchors = anchored(described, known, nulls=len(known) < len(anchors))
        wanted = both(of_anchors, settled(described, self.model_id))
        found = both(within, wanted)
        # One snapshot for comparing and writing: a row that somebody changes after it is an error, and tried again.
        with session.bounded(session.whole_bound, snapshot=True):
            session.set_local(lock_timeout=session.yielding_lock_timeout)
            session.execute(batch.stage(described, found))
            session.execute(batch.analyze_stage())
            named = {"reconciliation_id": self.reconciliation_id, "segment": segment, "cause": cause}
            changed = session.execute(audit(described, found).binding(**named))
            session.execute(batch.remove_stale(described, found))
            session.execute(batch.upsert(described, of_anchors))
            if described.partials is not None:
                # They may be what made it wrong. The next refresh makes all of them again.
                session.execute(query("drains", "doubt_partials", model_id=self.model_id))
        return changed

    def _refresh(self, cause: str) -> int:
        session, described = self.session, self.described
        named = {"reconciliation_id": self.reconciliation_id, "cause": cause}
        changed = 0
        with session.bounded(session.whole_bound, snapshot=True):
            session.set_local(lock_timeout=session.yielding_lock_timeout)
            before = session.one(held_digest(described))
            stale = session.one(query("drains", "stale", model_id=self.model_id))["everything"]
            by_row = not stale and described.model.every is None
            if by_row:
                session.execute(batch.stage(described, EVERY_ROW))
                changed = session.execute(audit(described, EVERY_ROW).binding(segment=AS_A_WHOLE, **named))
            refill_view(session, described, concurrently=True)
            held = session.one(held_digest(described))
            record_whole(session, described, self.model_id, held)
            if not by_row:
                digests = {"before": json.dumps(dict(before)), "after": json.dumps(dict(held))}
                session.execute(query("reconcile", "audit_whole", **digests, **named))
        return changed
