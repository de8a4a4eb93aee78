"""The checks of a read model; Dagster's asset checks and `denorm-assets check` both call these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from denorm_assets.db.capture.declared import RESTORED, ModelCapture, capture_of
from denorm_assets.db.compare.compare import compare_settled, sample_differences
from denorm_assets.db.compare.materialized_views import view_matches
from denorm_assets.db.compare.segments import parts_of
from denorm_assets.db.control.ranges import range_progress
from denorm_assets.db.control.registry import Registration
from denorm_assets.db.introspection.blockers import PATIENCE_SECONDS, blocker
from denorm_assets.db.introspection.changed_sources import changed_sources
from denorm_assets.db.introspection.row_security import hidden_sources
from denorm_assets.db.plan.objects import has_key, plan_foreign_keys, plan_indexes
from denorm_assets.db.postgres.errors import error_reason
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import BadNarrowing, LogStuck, TookTooLong
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.check_result import CheckResult, Row
from denorm_assets.model.comparison import DifferingRow
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl.indexes import orphans
from denorm_assets.sql.ddl.row_security import remedy
from denorm_assets.sql.rows.compare import held_by_source
from denorm_assets.sql.rows.predicates import EVERY_ROW, both, columns_equal, settled

_ORPHAN_SAMPLES = 20
_RANGES_SHOWN = 50
_PARTITIONS_SHOWN = 500
RANGES_TO_LOAD, RANGE_SET = "partitions to materialize", "range set"
"""Figures of a check that names ranges to load again."""


@dataclass(frozen=True)
class _Fault:
    """What keeps a read model from being fresh, and what helps if it comes first."""

    what: str
    detail: str | None
    advice: str = "run `denorm-assets apply`, or materialize its phase"


def matches_definition(
    session: Session, described: DescribedModel, registered: Registration, narrow: Mapping[str, str] | None = None
) -> CheckResult:
    """Compare table and definition: range by range, or only the rows whose key columns have the values in `narrow`.

    A range that differs lists sample keys of either side. Ranges not done yet are compared like all others.
    """
    if described.model.is_view:
        return view_matches(session, described, registered, narrow)
    if narrow:
        stretches = [(_words(narrow), columns_equal(narrow))]
    elif not described.drivers:
        stretches = [("everything", EVERY_ROW)]
    else:
        stretches = [(part.name, part.within) for part in parts_of(session, described, registered)]
    compared: list[Row] = []
    differing: list[Row] = []
    rows, undetermined, wrong = 0, 0, 0
    for name, within in stretches:
        try:
            comparison = compare_settled(session, described, within, registered.model_id)
        except (psycopg.Error, TookTooLong) as error:
            reason = error_reason(error)
            if narrow and isinstance(error, psycopg.DataError):
                raise BadNarrowing(_words(narrow), reason) from error
            failed: Row = {
                "range": name,
                "rows": None,
                "by definition": None,
                "checksum": None,
                "anchors pending": None,
            }
            differing.append({**failed, "missing": f"the comparison failed: {reason}", "extra": ""})
            continue
        rows += comparison.held_rows
        shown: Row = {
            "range": name,
            "rows": comparison.held_rows,
            "by definition": comparison.defined_rows,
            "checksum": comparison.held_checksum,
            "anchors pending": comparison.left_out,
        }
        compared.append(shown)
        undetermined += comparison.undetermined
        wrong += comparison.wrong
        if comparison.wrong:
            shown_part = both(within, settled(described, registered.model_id)) if comparison.left_out else within
            samples = sample_differences(session, described, shown_part) if len(differing) < _RANGES_SHOWN else []
            differing.append({**shown, "missing": _keys(samples, "missing"), "extra": _keys(samples, "extra")})
    figures: dict[str, int | float | str] = {
        "rows": rows,
        "ranges compared": len(stretches),
        "ranges that differ": len(differing),
    }
    if not narrow:
        figures |= _figures_by_source(session, described)
    what = "range" if not narrow else "selection"
    if differing:
        if described.drivers and not narrow:
            figures |= {RANGES_TO_LOAD: _partitions(differing), RANGE_SET: registered.range_set}
        summary = (
            f"{len(differing)} of {len(stretches)} {what}s differ from the definition; "
            f"run `denorm-assets backfill {described.full_name} --again`, or materialize those partitions"
        )
        shown_rows = tuple(differing[:_RANGES_SHOWN])
        return CheckResult(
            "matches_definition", described.full_name, False, summary, shown_rows, figures, proof=wrong > 0
        )
    if undetermined:
        summary = "undetermined: changes to everything are pending; run this again after the next refresh"
        shown_rows = tuple(compared[:_RANGES_SHOWN])
        return CheckResult(
            "matches_definition", described.full_name, False, summary, shown_rows, figures, warning_only=True
        )
    summary = (
        f"{rows:,} rows in {len(compared)} {what}{'s' if len(compared) != 1 else ''} equal the definition"
        if compared
        else "there are no ranges yet"
    )
    return CheckResult(
        "matches_definition", described.full_name, bool(compared), summary, tuple(compared[:_RANGES_SHOWN]), figures
    )


def _figures_by_source(session: Session, described: DescribedModel) -> dict[str, int | float | str]:
    """What each of several driving sources has in the table: its rows, and its smallest and greatest ID."""
    figures: dict[str, int | float | str] = {}
    for item in described.drivers if len(described.drivers) > 1 else ():
        found = session.one(held_by_source(described, item.driver))
        figures[f"rows of {item.driver.source}"] = found["row_count"]
        for which in ("smallest", "greatest"):
            if found[which] is not None:
                figures[f"{which} ID of {item.driver.source}"] = (
                    found[which] if isinstance(found[which], int) else str(found[which])
                )
    return figures


def matches_as_recorded(session: Session, described: DescribedModel, registered: Registration) -> CheckResult:
    """What the comparisons at the end of each range found, without comparing again: for runs that just loaded some."""
    progress = range_progress(session, registered.model_id)
    done: tuple[Row, ...] = tuple(
        {"range": item.key, "rows": item.row_count, "checksum": item.checksum, "compared": str(item.done_at)}
        for item in progress
        if item.done
    )
    figures = {
        "rows": sum(item.row_count or 0 for item in progress if item.done),
        "ranges compared": len(done),
        "ranges not done": len(progress) - len(done),
    }
    summary = (
        f"each of {len(done)} ranges equalled the definition when it was loaded, {figures['ranges not done']} are not "
        "done; run this check by itself, or the checks job, to compare everything now"
    )
    return CheckResult("matches_definition", described.full_name, True, summary, done[-_RANGES_SHOWN:], figures)


def no_orphans(session: Session, described: DescribedModel, narrow: Mapping[str, str] | None = None) -> CheckResult:
    """Whether every reference finds its row."""
    within = columns_equal(narrow) if narrow else EVERY_ROW
    found: list[Row] = []
    for reference in described.model.references:
        for row in session.rows(orphans(described, reference, within, _ORPHAN_SAMPLES)):
            found.append(
                {"column": reference.column, "refers to": str(reference.to), "value": row["value"], "rows": row["rows"]}
            )
    summary = (
        f"{len(found)} values refer to rows that are gone; backfill their ranges again"
        if found
        else f"all {len(described.model.references)} references find their rows"
    )
    return CheckResult("no_orphans", described.full_name, not found, summary, tuple(found))


def indexes_valid(session: Session, described: DescribedModel) -> CheckResult:
    """Whether the key is enforced, and every declared index exists, is valid, and as declared (its comment's hash)."""
    steps = plan_indexes(session, described, live=True)
    states = {"keep": "valid", "comment": "valid", "create": "missing", "rebuild": "invalid or outdated"}
    rows: tuple[Row, ...] = tuple({"index": step.name, "state": states[step.action]} for step in steps)
    wrong = [step for step in steps if not step.is_as_declared]
    if not has_key(session, described):
        key = f"key ({', '.join(described.model.key)})"
        summary = f"nothing keeps rows with one {key} apart; run `denorm-assets apply`, which tells what to do"
        rows = ({"index": key, "state": "missing"}, *rows)
        return CheckResult("indexes_valid", described.full_name, False, summary, rows)
    summary = (
        f"{len(wrong)} of {len(steps)} indexes are missing, invalid or outdated; materialize "
        f"{described.full_name}_indexes, or run `denorm-assets apply`"
        if wrong
        else f"all {len(steps)} secondary indexes are valid and as declared"
    )
    return CheckResult("indexes_valid", described.full_name, not wrong, summary, rows)


def foreign_keys_validated(session: Session, described: DescribedModel) -> CheckResult:
    """Whether every foreign key that the declaration opts in to exists and is validated."""
    steps = plan_foreign_keys(session, described)
    states = {"keep": "validated", "create": "missing", "validate": "not validated"}
    rows: tuple[Row, ...] = tuple({"foreign key": step.name, "state": states[step.action]} for step in steps)
    wrong = [step for step in steps if step.action != "keep"]
    summary = (
        f"{len(wrong)} of {len(steps)} foreign keys are missing or not validated; materialize "
        f"{described.full_name}_indexes, or run `denorm-assets apply`"
        if wrong
        else f"all {len(steps)} foreign keys are validated"
    )
    return CheckResult("foreign_keys_validated", described.full_name, not wrong, summary, rows)


def backfill_complete(session: Session, described: DescribedModel, registered: Registration) -> CheckResult:
    """Whether every range is done, which means compared equal at this code version; or all of it, without ranges."""
    progress = range_progress(session, registered.model_id)
    if registered.code_version != described.code_version:
        summary = (
            "its declaration is not the one that was applied last; if it is the later one, materialize the phase, or "
            "run `denorm-assets apply`, and then backfill"
        )
        return CheckResult("backfill_complete", described.full_name, False, summary, warning_only=True)
    if not described.drivers:
        return _whole_complete(described, registered)
    missing: tuple[Row, ...] = tuple(
        {"range": item.key, "state": item.holder or ("interrupted" if item.partly else "not begun")}
        for item in progress
        if not item.done and not item.grown
    )
    # The sensor verifies what refreshes wrote; growth asks nobody for anything.
    grown = sum(item.grown and not item.done for item in progress)
    figures: dict[str, int | float | str] = {
        "ranges": len(progress),
        "ranges done": len(progress) - len(missing) - grown,
    }
    if progress and not missing:
        summary = f"all {len(progress) - grown} ranges are done and compared; the read model is {registered.state}"
        if grown:
            summary += f"; {grown} more, whose rows refreshes wrote, are verified by the ranges sensor"
        return CheckResult("backfill_complete", described.full_name, True, summary, (), figures)
    figures |= {RANGES_TO_LOAD: _partitions(missing), RANGE_SET: registered.range_set}
    summary = (
        f"{len(missing)} of {len(progress)} ranges are not done; materialize their partitions, "
        f"or run `denorm-assets backfill {described.full_name}`"
    )
    return CheckResult(
        "backfill_complete", described.full_name, False, summary, missing[:_RANGES_SHOWN], figures, warning_only=True
    )


def _whole_complete(described: DescribedModel, registered: Registration) -> CheckResult:
    if registered.whole_at is None or registered.whole_version != registered.code_version:
        summary = f"it was never loaded; materialize it, or run `denorm-assets refresh {described.full_name}`"
        return CheckResult("backfill_complete", described.full_name, False, summary, warning_only=True)
    summary = f"loaded as a whole at {registered.whole_at:%Y-%m-%d %H:%M:%S} UTC; the read model is {registered.state}"
    return CheckResult("backfill_complete", described.full_name, True, summary)


def kept_fresh(session: Session, full_name: str, registered: Registration, capture: ModelCapture) -> CheckResult:
    """Whether changes reach the read model: `capture` lacks nothing, no anchor's rows fail, no refresh failed.

    And whether row-level security hides rows of a source from the role that reads it for the read model.
    Needs no definition that still fits: it is what tells that one no longer does.
    """
    health = session.one(query("drains", "health", model_id=registered.model_id))
    faults = [
        *(
            _Fault(f"row-level security of {found.table} hides rows from {role}", help_, help_)
            for found in hidden_sources(session, registered.model_id)
            for role, help_ in ((role, remedy(found, role)) for role in found.hidden_from)
        ),
        *_changes_of_sources(session, registered),
        *(_Fault(fault.what, fault.where) for fault in capture.faults),
        *_faults_of_health(full_name, registered, capture, health),
    ]
    figures = {
        "pending changes": health["pending"],
        "lag in seconds": round(float(health["lag_seconds"]), 3),
        "anchors in quarantine": health["quarantined"],
    }
    what = "; ".join(dict.fromkeys(fault.what for fault in faults))
    summary = (
        f"changes do not reach it wholly: {what}; {faults[0].advice}"
        if faults
        else f"changes are captured and refreshed; {health['pending']} pending"
    )
    if health["lag_seconds"] > PATIENCE_SECONDS and (who := blocker(session, registered.model_id, rows=True)):
        summary += f", for {float(health['lag_seconds']):.0f} s: {who}"
    rows: tuple[Row, ...] = tuple({"fault": fault.what, "detail": fault.detail} for fault in faults)
    return CheckResult("kept_fresh", full_name, not faults, summary, rows, figures)


def _changes_of_sources(session: Session, registered: Registration) -> list[_Fault]:
    """What became of tables and columns that it reads; a restored database says that of all of them at once."""
    back = "the next refresh then computes its rows by itself; or change the definition where it no longer fits, and "
    return [
        _Fault(
            change.what,
            change.undo,
            f"undo that{f' by `{change.undo}`' if change.undo else ''}, and {back}{_Fault.advice}",
        )
        for change in changed_sources(session, registered.model_id)
        if not change.restored
    ]


def _faults_of_health(
    full_name: str, registered: Registration, capture: ModelCapture, health: Mapping[str, Any]
) -> list[_Fault]:
    anchors: list[str] = health["quarantined_anchors"]
    some = ", ".join([*anchors, *(["..."] if health["quarantined"] > len(anchors) else [])])
    fix_rows = (
        f"fix the source rows of {some}, which are then computed again; or run `denorm-assets refresh {full_name}`, "
        "which tries again"
    )
    fix_slow = "fix the row that makes it so, add the index that the definition needs, or raise DENORM_DRAIN_SECONDS"
    # All of it changed with the tables, which says more.
    restored = any(fault.what == RESTORED for fault in capture.faults)
    redefined: list[str] = [] if restored else health["redefined"]
    shape = "a source changed its shape, or was replaced; run `denorm-assets apply`"
    found = {
        _Fault("rows that cannot be computed", health["quarantine_error"], fix_rows): health["quarantined"],
        _Fault(
            "its changes cannot be traced in time",
            f"since {_moment(health['slow_at'])} each change makes all of its rows stale",
            fix_slow,
        ): health["slow_at"],
        _Fault("a source changed its shape", health["broken"]): health["broken"] and capture.unreadable is not None,
        _Fault("the change log is stuck", str(LogStuck(health["dispatch_error"]))): health["dispatch_error"],
        _Fault("the last refresh failed", health["last_error"], f"{health['last_error']}; it is retried"): health[
            "last_error"
        ],
        _Fault("needs rebuild", shape): registered.state == "needs_rebuild",
        _Fault(
            "a read model that it reads is not kept fresh",
            health["read_stale"],
            f"see the check kept_fresh of {health['read_stale']}",
        ): health["read_stale"],
        _Fault(
            "changes were not logged, because the change log was full",
            f"since {_moment(health['unlogged_since'])}",
            "the next refresh computes all rows; see the check change_log of its system",
        ): health["unlogged_since"],
        _Fault("DDL changed values", "; ".join(redefined), "the next refresh computes all rows"): redefined,
    }
    return [fault for fault, is_so in found.items() if is_so]


def _moment(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"


def run_checks(
    session: Session, described: DescribedModel, registered: Registration, narrow: Mapping[str, str] | None = None
) -> list[CheckResult]:
    """All checks of a read model; with `narrow`, those that look at rows, restricted to it."""
    results = [matches_definition(session, described, registered, narrow), no_orphans(session, described, narrow)]
    if not narrow:
        capture = capture_of(session, described.system, described.model.name, lambda: described)
        results += [
            indexes_valid(session, described),
            foreign_keys_validated(session, described),
            backfill_complete(session, described, registered),
            kept_fresh(session, described.full_name, registered, capture),
        ]
    return results


def _partitions(ranges: Sequence[Row]) -> str:
    """Their keys as Dagster's launch dialog takes them, to be copied."""
    return ", ".join(str(row["range"]) for row in ranges[:_PARTITIONS_SHOWN])


def _words(narrow: Mapping[str, str]) -> str:
    return ", ".join(f"{column} = {value}" for column, value in narrow.items())


def _keys(samples: list[DifferingRow], side: str) -> str:
    return "; ".join(f"({sample.key})" for sample in samples if sample.side == side)
