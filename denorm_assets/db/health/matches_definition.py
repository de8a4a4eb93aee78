"""The check matches_definition: a read model compared with its definition, range by range."""

from __future__ import annotations

from collections.abc import Mapping

import psycopg

from denorm_assets.db.compare.compare import compare_settled, sample_differences
from denorm_assets.db.compare.materialized_views import view_matches
from denorm_assets.db.compare.segments import segments_of
from denorm_assets.db.control.ranges import range_progress
from denorm_assets.db.control.registry import Registration
from denorm_assets.db.health.range_figures import RANGE_SET, RANGES_SHOWN, RANGES_TO_LOAD, partitions
from denorm_assets.db.postgres.errors import error_reason
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import BadNarrowing, TookTooLong
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.check_result import CheckResult, Row
from denorm_assets.model.comparison import DifferingRow
from denorm_assets.sql.rows.anchors import settled
from denorm_assets.sql.rows.compare import held_by_source
from denorm_assets.sql.rows.predicates import EVERY_ROW, both, columns_equal


def matches_definition(
    session: Session, described: DescribedModel, registered: Registration, narrow: Mapping[str, str] | None = None
) -> CheckResult:
    """Compare table and definition: range by range, or only the rows whose key columns have the values in `narrow`.

    A range that differs lists sample keys of either side. Ranges not done yet are compared like all others.
    """
    if described.model.is_view:
        return view_matches(session, described, registered, narrow)
    if narrow:
        segments = [(_words(narrow), columns_equal(narrow))]
    elif not described.drivers:
        segments = [("everything", EVERY_ROW)]
    else:
        segments = [(segment.name, segment.within) for segment in segments_of(session, described, registered)]
    compared: list[Row] = []
    differing: list[Row] = []
    rows, undetermined, wrong = 0, 0, 0
    for name, within in segments:
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
            shown_segment = both(within, settled(described, registered.model_id)) if comparison.left_out else within
            samples = sample_differences(session, described, shown_segment) if len(differing) < RANGES_SHOWN else []
            differing.append({**shown, "missing": _keys(samples, "missing"), "extra": _keys(samples, "extra")})
    figures: dict[str, int | float | str] = {
        "rows": rows,
        "ranges compared": len(segments),
        "ranges that differ": len(differing),
    }
    if not narrow:
        figures |= _figures_by_source(session, described)
    what = "range" if not narrow else "selection"
    if differing:
        if described.drivers and not narrow:
            figures |= {RANGES_TO_LOAD: partitions(differing), RANGE_SET: registered.range_set}
        summary = (
            f"{len(differing)} of {len(segments)} {what}s differ from the definition; "
            f"run `denorm-assets backfill {described.full_name} --again`, or materialize those partitions"
        )
        shown_rows = tuple(differing[:RANGES_SHOWN])
        return CheckResult(
            "matches_definition", described.full_name, False, summary, shown_rows, figures, proof=wrong > 0
        )
    if undetermined:
        summary = "undetermined: changes to everything are pending; run this again after the next refresh"
        shown_rows = tuple(compared[:RANGES_SHOWN])
        return CheckResult(
            "matches_definition", described.full_name, False, summary, shown_rows, figures, warning_only=True
        )
    summary = (
        f"{rows:,} rows in {len(compared)} {what}{'s' if len(compared) != 1 else ''} equal the definition"
        if compared
        else "there are no ranges yet"
    )
    return CheckResult(
        "matches_definition", described.full_name, bool(compared), summary, tuple(compared[:RANGES_SHOWN]), figures
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
    return CheckResult("matches_definition", described.full_name, True, summary, done[-RANGES_SHOWN:], figures)


def _words(narrow: Mapping[str, str]) -> str:
    return ", ".join(f"{column} = {value}" for column, value in narrow.items())


def _keys(samples: list[DifferingRow], side: str) -> str:
    return "; ".join(f"({sample.key})" for sample in samples if sample.side == side)
