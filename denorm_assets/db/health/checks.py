"""The checks of a read model; Dagster's asset checks and `denorm-assets check` both call these."""

from __future__ import annotations

from collections.abc import Mapping

from denorm_assets.db.capture.declared import capture_of
from denorm_assets.db.control.ranges import range_progress
from denorm_assets.db.control.registry import Registration
from denorm_assets.db.health.kept_fresh import kept_fresh
from denorm_assets.db.health.matches_definition import matches_definition
from denorm_assets.db.health.range_figures import RANGE_SET, RANGES_SHOWN, RANGES_TO_LOAD, partitions
from denorm_assets.db.plan.objects import has_key, plan_foreign_keys, plan_indexes
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.check_result import CheckResult, Row
from denorm_assets.sql.ddl.indexes import orphans
from denorm_assets.sql.rows.predicates import EVERY_ROW, columns_equal

_ORPHAN_SAMPLES = 20
OF_ROWS = ("matches_definition", "no_orphans")
"""The checks that read rows. The others look at the catalog, and are made anew wherever they are shown."""


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
        else _all(len(described.model.references), "references", "find their rows")
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
        else _all(len(steps), "secondary indexes", "are valid and as declared")
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
        else _all(len(steps), "foreign keys", "are validated")
    )
    return CheckResult("foreign_keys_validated", described.full_name, not wrong, summary, rows)


def _all(count: int, things: str, state: str) -> str:
    return f"all {count} {things} {state}" if count else f"no {things} are declared"


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
    figures |= {RANGES_TO_LOAD: partitions(missing), RANGE_SET: registered.range_set}
    summary = (
        f"{len(missing)} of {len(progress)} ranges are not done; materialize their partitions, "
        f"or run `denorm-assets backfill {described.full_name}`"
    )
    return CheckResult(
        "backfill_complete", described.full_name, False, summary, missing[:RANGES_SHOWN], figures, warning_only=True
    )


def _whole_complete(described: DescribedModel, registered: Registration) -> CheckResult:
    if registered.whole_at is None or registered.whole_version != registered.code_version:
        summary = f"it was never loaded; materialize it, or run `denorm-assets refresh {described.full_name}`"
        return CheckResult("backfill_complete", described.full_name, False, summary, warning_only=True)
    summary = f"loaded as a whole at {registered.whole_at:%Y-%m-%d %H:%M:%S} UTC; the read model is {registered.state}"
    return CheckResult("backfill_complete", described.full_name, True, summary)


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
