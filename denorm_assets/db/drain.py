"""Draining: recompute the rows of pending anchors from the definition, and write what differs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

import psycopg

from denorm_assets.db.failures import TRANSIENT
from denorm_assets.db.refresh_log import Drained, logged_refresh
from denorm_assets.db.session import Session
from denorm_assets.model.described import DescribedModel
from denorm_assets.sql import load
from denorm_assets.sql.control import query
from denorm_assets.sql.predicates import EVERY_ROW, anchored
from denorm_assets.sql.statement import Statement

ANCHORS_PER_TRANSACTION = 20_000
# Below the default deadlock_timeout of 1 s: where a drain and the application want each other's rows, the drain yields.
_LOCK_TIMEOUT = "500ms"
_FULL_COST_SHARE = 1.0


def drain(session: Session, described: DescribedModel, model_id: int, requested_at: datetime) -> Drained | None:
    """Refresh a keyed read model from its pending anchors; None where another driver is at it.

    The refresh is written down with its outcome. Raises RefreshFailed; what was pending then stays pending.
    """
    return logged_refresh(
        session, described, model_id, requested_at, lambda: _next_portion(session, described, model_id)
    )


def _next_portion(session: Session, described: DescribedModel, model_id: int) -> Drained | None:
    rows = session.rows(query("drains", "pending_anchors", model_id=model_id, at_most=ANCHORS_PER_TRANSACTION))
    if not rows:
        return None
    anchors = [row["anchor"] for row in rows if not row["everything"]]
    if len(anchors) < len(rows) or _whole_is_cheaper(session, described, anchors):
        return rebuild(session, described, model_id)
    return _recompute(session, described, model_id, anchors)


def _recompute(session: Session, described: DescribedModel, model_id: int, anchors: Sequence[str | None]) -> Drained:
    """Recompute these anchors in one transaction; where that fails, halves of them, down to the one to quarantine."""
    known = [anchor for anchor in anchors if anchor is not None]
    taken = {"model_id": model_id, "anchors": known, "nulls": len(known) < len(anchors)}
    try:
        with session.transaction():
            session.set_local(lock_timeout=_LOCK_TIMEOUT)
            session.execute(query("drains", "take_anchors", **taken))
            session.execute(query("drains", "release_quarantine", everything=False, **taken))
            written, removed = _merge(session, described, anchored(described, known, nulls=taken["nulls"] is True))
        return Drained(len(anchors), written, removed)
    except TRANSIENT:
        raise
    except (psycopg.DataError, psycopg.IntegrityError, psycopg.ProgrammingError) as error:
        if len(anchors) > 1:
            middle = len(anchors) // 2
            first = _recompute(session, described, model_id, anchors[:middle])
            return first.plus(_recompute(session, described, model_id, anchors[middle:]))
        with session.transaction():
            session.execute(query("drains", "take_anchors", **taken))
            message = error.diag.message_primary or str(error)
            session.execute(query("drains", "put_in_quarantine", model_id=model_id, anchor=anchors[0], error=message))
        return Drained(1, quarantined=1)


def rebuild(session: Session, described: DescribedModel, model_id: int) -> Drained:
    """Merge all rows of the definition into the table, in place: readers go on, and only what differs is written."""
    with session.transaction():
        session.set_local(lock_timeout=_LOCK_TIMEOUT)
        session.execute(query("drains", "take_everything", model_id=model_id))
        session.execute(
            query("drains", "release_quarantine", model_id=model_id, everything=True, anchors=[], nulls=True)
        )
        written, removed = _merge(session, described, EVERY_ROW)
    return Drained(None, written, removed)


def _merge(session: Session, described: DescribedModel, within: Statement) -> tuple[int, int]:
    session.execute(load.stage(described, within))
    session.execute(load.analyze_stage())
    removed = session.execute(load.remove_stale(described, within))
    return session.execute(load.upsert(described)), removed


def _whole_is_cheaper(session: Session, described: DescribedModel, anchors: Sequence[str | None]) -> bool:
    """Whether the planner expects the whole definition to cost less than the part for these anchors."""
    known = [anchor for anchor in anchors if anchor is not None]
    part = load.defined_rows(described, anchored(described, known, nulls=len(known) < len(anchors)))
    return _cost(session, part) > _FULL_COST_SHARE * _cost(session, load.defined_rows(described, EVERY_ROW))


def _cost(session: Session, statement: Statement) -> float:
    row = session.one(Statement("EXPLAIN (FORMAT JSON) {statement}", {"statement": statement}))
    plan = row["QUERY PLAN"]
    return float((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]["Total Cost"])
