"""Five verifications of a schema that phases changed: types, soft deletes, indexes, foreign keys, orphans."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from denorm_assets.db.postgres.session import Session
from denorm_assets.db.table_changes.phase_indexes import phase_indexes_valid
from denorm_assets.db.table_changes.references import table_references
from denorm_assets.db.table_changes.soft_deletes.mark import plan_soft_deletes
from denorm_assets.db.table_changes.uuid_keys.columns import IdentifierColumn, identifier_columns
from denorm_assets.db.table_changes.uuid_keys.switch import plan_switch
from denorm_assets.errors import ConfigurationError
from denorm_assets.model.check_result import CheckResult, Row
from denorm_assets.model.schema_change import Switch
from denorm_assets.model.system import System
from denorm_assets.sql.table_changes.orphans import unfound

_SAMPLES = 5


@dataclass(frozen=True)
class _Found:
    """What a verification saw.

    Attributes:
        of: how many things of the kind `what` it looked at.
        faults: what is wrong with some of them.
    """

    of: int
    what: str
    faults: list[Row]


@dataclass(frozen=True)
class Verification:
    """One of the five.

    Attributes:
        description: what it asks for.
        remedy: what to do where that is not so.
    """

    name: str
    description: str
    remedy: str
    look: Callable[[Session, System], _Found]

    def verify(self, session: Session, system: System) -> CheckResult:
        """Verify the system's schema."""
        try:
            found = self.look(session, system)
        except ConfigurationError as error:
            # A declaration that does not fit the tables.
            return CheckResult(self.name, system.name, False, str(error))
        if not found.faults:
            return CheckResult(self.name, system.name, True, f"nothing is wrong with {found.of} {found.what}")
        summary = f"{len(found.faults)} faults in {found.of} {found.what}; {self.remedy.format(system=system.name)}"
        return CheckResult(self.name, system.name, False, summary, tuple(found.faults))


def changes_schema(system: System) -> bool:
    """Whether any phase changes tables of the application, so that there is something to verify."""
    return any(phase.work is not None for phase in system.phases)


def verify(session: Session, system: System) -> list[CheckResult]:
    """All five."""
    return [each.verify(session, system) for each in VERIFICATIONS]


def _types(session: Session, system: System) -> _Found:
    columns = [
        column
        for identifiers in system.identifiers
        for of_table in identifier_columns(session, system, identifiers).values()
        for column in of_table
    ]
    faults: list[Row] = []
    for column in columns:
        fault = _type_fault(column)
        if fault:
            faults.append({"column": f"{column.table}.{column.twin.uuid}", "fault": fault})
    return _Found(len(columns), "identifiers", faults or _keys_on_text(session, system))


def _keys_on_text(session: Session, system: System) -> list[Row]:
    """What a switch left undone; foreign keys are a verification of their own."""
    return [
        {"column": step.name, "fault": f"its {step.kind} on uuid is missing"}
        for work in (phase.work for phase in system.phases)
        if isinstance(work, Switch)
        for step in plan_switch(session, identifier_columns(session, system, work.identifiers))
        if not step.is_as_declared and step.kind != "foreign key"
    ]


def _type_fault(column: IdentifierColumn) -> str:
    if not column.has_uuid:
        return "missing"
    if column.uuid_type != "uuid":
        return f"its type is {column.uuid_type}"
    return "takes NULLs" if column.not_null and not column.uuid_not_null else ""


def _soft_deletes(session: Session, system: System) -> _Found:
    said = {"create": "missing", "replace": "changed since it was made", "rebuild": "invalid or outdated"}
    steps = [
        step
        for work in system.soft_deletes
        for step in plan_soft_deletes(session, system, work)
        if step.kind != "control schema"
    ]
    faults: list[Row] = [
        {"object": step.kind, "name": step.name, "fault": said[step.action]}
        for step in steps
        if not step.is_as_declared
    ]
    return _Found(len(steps), "columns, indexes and views", faults)


def _indexes(session: Session, system: System) -> _Found:
    checked = [phase_indexes_valid(session, system, phase) for phase in system.phases if phase.indexes]
    rows = [row for result in checked for row in result.rows]
    faults: list[Row] = [
        {"index": row["index"], "table": row["table"], "fault": row["state"]} for row in rows if row["state"] != "valid"
    ]
    return _Found(len(rows), "indexes", faults)


def _foreign_keys(session: Session, system: System) -> _Found:
    references = table_references(session, system)
    faults: list[Row] = [
        {
            "foreign key": each.name,
            "columns": f"{each.table} ({', '.join(each.columns)})",
            "refers to": str(each.to),
            "fault": each.fault,
        }
        for each in references
        if each.fault
    ]
    return _Found(len(references), "foreign keys", faults)


def _orphans(session: Session, system: System) -> _Found:
    references = table_references(session, system)
    faults: list[Row] = []
    for each in references:
        looked_for = unfound(each.table, each.columns, each.to, each.to_columns)
        found = session.one(looked_for.binding(at_most=_SAMPLES))
        if found["rows"]:
            columns = f"{each.table} ({', '.join(each.columns)})"
            samples = "; ".join(found["samples"])
            faults.append({"columns": columns, "refer to": str(each.to), "rows": found["rows"], "samples": samples})
    return _Found(len(references), "foreign keys", faults)


_AGAIN = "materialize the system's phases, or run `denorm-assets apply {system}`"

VERIFICATIONS = (
    Verification(
        "types",
        "Every declared identifier, and each column that refers to one, is a native uuid, and takes no NULLs where the "
        "text one took none; after the switch keys, and what is indexed, are on these.",
        _AGAIN,
        _types,
    ),
    Verification(
        "soft_deletes",
        "Every table has the column that marks rows, its partial index, and the view without marked rows, as they were "
        "made; a DELETE through the view marks.",
        _AGAIN,
        _soft_deletes,
    ),
    Verification("indexes", "Every index that the phases declare is there, valid and as declared.", _AGAIN, _indexes),
    Verification(
        "foreign_keys",
        "Every foreign key between the declared tables is validated, enforced, and on uuid columns after the switch.",
        f"validate what is not (ALTER TABLE ... VALIDATE CONSTRAINT), enable its triggers, or {_AGAIN}",
        _foreign_keys,
    ),
    Verification(
        "orphans",
        "No row refers to one that is not there, whether or not PostgreSQL was kept from seeing to it.",
        "delete these rows or bring back those that they refer to, then run `denorm-assets verify {system}` again",
        _orphans,
    ),
)
"""In the order in which they are shown."""
