"""Comparing a materialized view, which cannot be compared with its own past, with what it should hold (rule 21)."""

from __future__ import annotations

from collections.abc import Mapping

from denorm_assets.db.comparison import compare, sample_differences
from denorm_assets.db.registry import Registration
from denorm_assets.db.session import Session
from denorm_assets.model.check_result import CheckResult, Row
from denorm_assets.model.described import DescribedModel
from denorm_assets.sql.compare import held_digest
from denorm_assets.sql.control import query
from denorm_assets.sql.predicates import EVERY_ROW, columns_equal


def view_matches(
    session: Session, described: DescribedModel, registered: Registration, narrow: Mapping[str, str] | None = None
) -> CheckResult:
    """Whether the view equals its definition, in one snapshot; only the rows that `narrow` names, where given.

    While changes are pending, and where time alone changes the definition's rows, nobody can tell: then whether the
    view is what it was right after its last refresh.
    """
    within = columns_equal(narrow) if narrow else EVERY_ROW
    if registered.whole_at is None:
        return _result(described, False, "it was never refreshed; materialize it, or run `denorm-assets refresh`")
    with session.snapshot():
        stale = session.one(query("drains", "stale", model_id=registered.model_id))["everything"]
        if not stale and described.model.every is None:
            comparison = compare(session, described, within)
            figures = {"rows": comparison.held_rows, "rows by definition": comparison.defined_rows}
            if comparison.equal:
                return _result(described, True, f"{comparison.held_rows:,} rows equal the definition", figures)
            samples = sample_differences(session, described, within)
            rows: tuple[Row, ...] = tuple({"side": each.side, "key": each.key, "row": each.row} for each in samples)
            summary = f"it differs from its definition; run `denorm-assets refresh {described.full_name}`"
            return _result(described, False, summary, figures, rows)
        # In one snapshot, because a refresh writes both.
        held = session.one(held_digest(described))
        recorded = session.one(query("models", "whole", model_id=registered.model_id))
    figures = {"rows": held["row_count"]}
    since = f"its refresh at {recorded['whole_at']:%Y-%m-%d %H:%M:%S} UTC"
    if held["checksum"] == recorded["whole_checksum"]:
        why = "changes are pending" if stale else "the definition depends on the time"
        return _result(described, True, f"unaltered since {since}; {why}, so it may be stale", figures)
    summary = f"it was altered since {since}; run `denorm-assets refresh {described.full_name}`"
    return _result(described, False, summary, figures)


def _result(
    described: DescribedModel,
    passed: bool,
    summary: str,
    figures: dict[str, int] | None = None,
    rows: tuple[Row, ...] = (),
) -> CheckResult:
    return CheckResult("matches_definition", described.full_name, passed, summary, rows, figures or {})
