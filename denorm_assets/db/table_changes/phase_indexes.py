"""The indexes of a phase: building them beside readers and writers, and whether their queries use them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from denorm_assets.db.control import control_schema
from denorm_assets.db.control.index_ownership import require_own_indexes
from denorm_assets.db.plan.objects import Step, plan_phase_indexes
from denorm_assets.db.plan.run_steps import run_steps
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.explain import query_plan
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.check_result import CheckResult, Row
from denorm_assets.model.sql_file import Sql
from denorm_assets.model.system import Phase, QueryPair, System
from denorm_assets.sql.control import query
from denorm_assets.sql.statement import Statement

_VALID = "valid"


def require_own_phase_indexes(session: Session, system: System, phase: Phase) -> None:
    """Raises NameTaken where something that is not ours has the name of an index of the phase."""
    for found in phase.indexes:
        require_own_indexes(session, found.table.within(system.schema), (found.index,))


def build_phase_indexes(database: Database, system: System, phase: Phase) -> list[Step]:
    """Build what is missing or invalid of the phase's indexes, CONCURRENTLY; returns the steps.

    Raises UniqueIndexViolated where rows do not allow a unique one.
    """
    if not phase.indexes:
        return []
    with database.session(system.schema) as session:
        # It keeps a note of what is being built.
        control_schema.migrate_told(session)
        require_own_phase_indexes(session, system, phase)
        return run_steps(
            lambda: plan_phase_indexes(session, system, phase), database, session, f"{system.name}/{phase.name}"
        )


def phase_indexes_valid(session: Session, system: System, phase: Phase) -> CheckResult:
    """Whether every index of the phase exists, is valid, and as declared; with sizes, and how often each was read."""
    states = _states(session, system, phase)
    tables = [found.table.within(system.schema) for found in phase.indexes]
    names = [found.name for found in phase.indexes]
    figures = session.rows(query("catalog", "index_figures", schemas=[table.schema for table in tables], names=names))
    held = {row["name"]: row for row in figures}
    rows: tuple[Row, ...] = tuple(
        {
            "index": found.name,
            "table": str(found.table),
            "state": states[found.name],
            "query": found.query,
            "bytes": held[found.name]["bytes"] if found.name in held else None,
            "scans": held[found.name]["scans"] if found.name in held else None,
        }
        for found in phase.indexes
    )
    wrong = [name for name, state in states.items() if state != _VALID]
    summary = (
        f"{len(wrong)} of {len(states)} indexes are missing, invalid or outdated: {', '.join(wrong[:5])}; materialize "
        f"{phase.name}"
        if wrong
        else f"all {len(states)} indexes are valid and as declared"
    )
    return CheckResult("indexes_valid", f"{system.name}/{phase.name}", not wrong, summary, rows)


def _states(session: Session, system: System, phase: Phase) -> dict[str, str]:
    """Index -> what is to be said of it."""
    said = {"keep": _VALID, "comment": _VALID, "create": "missing", "rebuild": "invalid or outdated"}
    return {step.name: said[step.action] for step in plan_phase_indexes(session, system, phase)}


def phase_indexes_used(session: Session, system: System, phase: Phase) -> CheckResult:
    """Whether EXPLAIN shows each index of the phase in the query that it was made for.

    Sequential scans are discouraged for that, because small tables are read faster without any index.
    """
    used = {name: _indexes_in_plans(session, system.query(name)) for name in {found.query for found in phase.indexes}}
    rows: tuple[Row, ...] = tuple(
        {"index": found.name, "query": found.query, "used": "yes" if found.name in used[found.query] else "NO"}
        for found in phase.indexes
    )
    unused = [str(row["index"]) for row in rows if row["used"] == "NO"]
    summary = (
        f"{len(unused)} of {len(rows)} indexes are used by no plan of their query: {', '.join(unused[:5])}; "
        "drop them from the declaration, or name the query that needs them"
        if unused
        else f"each of {len(rows)} indexes is used by the query that it was made for"
    )
    return CheckResult(
        "indexes_used", f"{system.name}/{phase.name}", not unused, summary, rows, warning_only=bool(unused)
    )


def _indexes_in_plans(session: Session, pair: QueryPair) -> set[str]:
    with session.transaction(), session.resolving():
        session.set_local(enable_seqscan="off")
        return {name for file in (pair.before, pair.after) for name in _indexes_in_plan(session, file, pair.parameters)}


def _indexes_in_plan(session: Session, file: Sql, parameters: Mapping[str, int | str]) -> Iterator[str]:
    yield from _index_names(query_plan(session, Statement(file.text, params=dict(parameters))))


def _index_names(node: Mapping[str, Any]) -> Iterator[str]:
    if "Index Name" in node:
        yield node["Index Name"]
    for below in node.get("Plans", ()):
        yield from _index_names(below)
