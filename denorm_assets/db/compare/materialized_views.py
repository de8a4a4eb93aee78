"""Comparing a materialized view, which cannot be compared with its own past, with what it should hold (rule 21)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import psycopg

from denorm_assets.db.compare.compare import compare, sample_differences
from denorm_assets.db.control.registry import Registration
from denorm_assets.db.postgres.errors import error_reason
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.check_result import CheckResult, Row
from denorm_assets.sql.control import query
from denorm_assets.sql.rows.compare import held_digest
from denorm_assets.sql.rows.predicates import EVERY_ROW, columns_equal
from denorm_assets.sql.statement import Statement


@dataclass(frozen=True)
class ViewState:
    """How a view stands beside its definition.

    Attributes:
        outcome: `equal` or `differs` where that can be told: in one snapshot, nothing pending. Otherwise `unaltered`
            or `altered` since its last refresh; `never` refreshed; or `failed`, because the definition does.
        held: rows in the view.
        defined: rows by the definition; None where they were not compared.
        why: why it was not compared with its definition, or why it failed.
    """

    outcome: Literal["equal", "differs", "unaltered", "altered", "never", "failed"]
    held: int = 0
    defined: int | None = None
    since: datetime | None = None
    why: str = ""

    @property
    def passed(self) -> bool:
        """Whether nothing is known to be wrong."""
        return self.outcome in ("equal", "unaltered")

    def words(self, full_name: str) -> str:
        """One sentence."""
        refresh = f"run `denorm-assets refresh {full_name}`"
        at = "" if self.since is None else f"its refresh at {self.since:%Y-%m-%d %H:%M:%S} UTC"
        return {
            "equal": f"{self.held:,} rows equal the definition",
            "differs": f"it differs from its definition; {refresh}",
            "unaltered": f"unaltered since {at}; {self.why}, so it may be stale",
            "altered": f"it was altered since {at}, or refreshed by somebody else; {refresh}",
            "never": "it was never refreshed; materialize it, or run `denorm-assets refresh`",
            "failed": f"the comparison failed: {self.why}; correct the row or the definition, then {refresh}",
        }[self.outcome]


def view_state(
    session: Session, described: DescribedModel, registered: Registration, within: Statement = EVERY_ROW
) -> ViewState:
    """Compare the view with its definition where that says something, else with what its last refresh left."""
    if registered.whole_at is None:
        return ViewState("never")
    try:
        with session.snapshot():
            return _state(session, described, registered.model_id, within)
    except psycopg.DataError as error:
        return ViewState("failed", why=error_reason(error))


def _state(session: Session, described: DescribedModel, model_id: int, within: Statement) -> ViewState:
    stale = session.one(query("drains", "stale", model_id=model_id))["everything"]
    if not stale and described.model.every is None:
        comparison = compare(session, described, within)
        outcome = "equal" if comparison.equal else "differs"
        return ViewState(outcome, comparison.held_rows, comparison.defined_rows)
    # In one snapshot, because a refresh writes both.
    held = session.one(held_digest(described))
    recorded = session.one(query("models", "whole", model_id=model_id))
    # An older release computed another digest: it was forgotten, and nothing is known against the view.
    outcome = "unaltered" if recorded["whole_checksum"] in (None, held["checksum"]) else "altered"
    why = "changes are pending" if stale else "the definition depends on the time"
    return ViewState(outcome, held["row_count"], None, recorded["whole_at"], why)


def view_matches(
    session: Session, described: DescribedModel, registered: Registration, narrow: Mapping[str, str] | None = None
) -> CheckResult:
    """The same as a check; only of the rows that `narrow` names, where given."""
    within = columns_equal(narrow) if narrow else EVERY_ROW
    state = view_state(session, described, registered, within)
    figures: dict[str, int | float | str] = {"rows": state.held}
    rows: tuple[Row, ...] = ()
    if state.defined is not None:
        figures["rows by definition"] = state.defined
    if state.outcome == "differs":
        samples = sample_differences(session, described, within)
        rows = tuple({"side": each.side, "key": each.key, "row": each.row} for each in samples)
    summary = state.words(described.full_name)
    proof = state.outcome in ("differs", "altered")
    return CheckResult("matches_definition", described.full_name, state.passed, summary, rows, figures, proof=proof)
