"""What is installed of capture, compared with what was made: for each source its function, its triggers, its table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from denorm_assets.db.introspection.reach.shape import source_columns
from denorm_assets.db.postgres.compose import show
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.catalog.catalog_object import State
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.capture import capture_function
from denorm_assets.sql.capture.capture_triggers import IN_REPLICA, Enabled
from denorm_assets.sql.control import query

_COMMENT = "denorm_assets "
_MEMBERS = re.compile(r" over ([\d ]+)$")
"""How a fingerprint ends that has partitions; a column may be called `a over b`."""


@dataclass(frozen=True)
class TriggerState:
    """One trigger of a source or of a partition of it.

    Attributes:
        below: whether `table` is a partition, or inherits otherwise.
        enabled: where it has to fire.
        only_owner: the owner of the table, where only the owner may have it fire there, and we are not; else None.
        subscription: one that writes to the source, else None.
        needs: the GRANT without which we may not create a trigger there, else None.
    """

    table: TableName
    event: str
    name: str
    state: State
    below: bool
    enabled: Enabled
    only_owner: str | None
    subscription: str | None
    needs: str | None

    @property
    def never_made(self) -> bool:
        """Whether it is for the replica role alone, and may never have been made: by an earlier release, or for a table
        that was not our role's own.
        """
        return self.state == "missing" and self.enabled == "R" and self.subscription is None


@dataclass(frozen=True)
class SourceState:
    """Capture on one source.

    Attributes:
        logged: the columns whose values are logged; `compared`, those whose change is logged.
        is_there: whether a table has the source's name.
        is_another: whether that is another table than the one that triggers were made on, or none.
        restored: whether a dump was restored since, in which each table is another one.
        members_changed: whether partitions came or went since then.
        columns_changed: whether columns that read models use did.
        triggers: those of the source and all that inherit from it, in order of name and event.
    """

    source_id: int
    table: TableName
    logged: tuple[str, ...]
    compared: tuple[str, ...]
    is_there: bool
    is_another: bool
    restored: bool
    members_changed: bool
    columns_changed: bool
    function: State
    triggers: tuple[TriggerState, ...]

    @property
    def lost(self) -> tuple[TriggerState, ...]:
        """The triggers that do not log what they should."""
        lost = tuple(trigger for trigger in self.triggers if trigger.state != "installed")
        return () if all(trigger.never_made for trigger in lost) else lost


def source_states(session: Session, sources: Sequence[TableName], *, realtime: bool = False) -> list[SourceState]:
    """Capture on `sources`, without those that capture was never installed on. Needs no definition.

    With `realtime`, writing transactions are to recompute read models, whatever the control schema says.
    """
    named = {"schemas": [source.schema for source in sources], "tables": [source.name for source in sources]}
    rows = session.rows(query("objects", "sources", **named))
    tables = [TableName(row["table"], row["schema"]) for row in rows]
    columns = source_columns(session, tables)
    triggers = trigger_states(session, {table: row["source_id"] for row, table in zip(rows, tables, strict=True)})
    found: list[SourceState] = []
    for row, table in zip(rows, tables, strict=True):
        created = capture_function.create_function(
            row["source_id"],
            row["logged_columns"],
            row["compared_columns"],
            columns[table],
            realtime=realtime or row["realtime"],
        )
        now, before = (_MEMBERS.split(row[shape] or "") for shape in ("shape", "fingerprint"))
        found.append(
            SourceState(
                row["source_id"],
                table,
                tuple(row["logged_columns"]),
                tuple(row["compared_columns"]),
                is_there=row["is_there"],
                is_another=row["is_another"],
                restored=row["is_another"] and row["restored"],
                members_changed=now[1:] != before[1:],
                columns_changed=now[0] != before[0],
                function=_function_state(row, show(created)),
                triggers=tuple(triggers.get(row["source_id"], ())),
            )
        )
    return found


def trigger_states(session: Session, sources: Mapping[TableName, int]) -> dict[int, list[TriggerState]]:
    """The triggers that capture needs on some sources, by the source's number. Needs no control schema."""
    named = {"schemas": [source.schema for source in sources], "tables": [source.name for source in sources]}
    found: dict[int, list[TriggerState]] = {}
    for row in session.rows(query("objects", "triggers", source_ids=list(sources.values()), **named)):
        trigger = TriggerState(
            TableName(row["table"], row["schema"]),
            row["event"],
            row["name"],
            row["state"],
            row["below"],
            row["enabled"],
            row["only_owner"],
            row["subscription"],
            row["needs"],
        )
        found.setdefault(row["source_id"], []).append(trigger)
    return found


@dataclass(frozen=True)
class Bypass:
    """What writes in the replica role, so that no trigger of ours fires on some `tables`.

    Attributes:
        alter: the statement up to its SET that sets this role, None where the server's own configuration does.
        relation: the table that the `subscription` writes to; None where a setting does it.
    """

    tables: tuple[TableName, ...]
    alter: str | None = None
    subscription: str | None = None
    relation: str | None = None


def bypasses(session: Session, sources: Sequence[SourceState]) -> list[Bypass]:
    """What writes past capture on `sources`, as far as their triggers do not fire in the replica role."""
    triggers = [trigger for source in sources for trigger in source.triggers]
    seen = {trigger.table for trigger in triggers if trigger.event == IN_REPLICA and trigger.state == "installed"}
    tables = sorted({trigger.table for trigger in triggers} - seen)
    if not tables:
        return []
    named = {"schemas": [table.schema for table in tables], "tables": [table.name for table in tables]}
    return [Bypass(tuple(tables), **row) for row in session.rows(query("objects", "bypassing", **named))]


def function_state(session: Session, source_id: int, created: str) -> State:
    """Whether the capture function of a source is what the statement `created` makes."""
    row = session.row(query("objects", "capture_function", name=capture_function.function_name(source_id)))
    if row is None:
        return "missing"
    return _function_state(row, created)


def _function_state(row: Mapping[str, Any], created: str) -> State:
    """The COMMENT tells which version made it; text and rights, whether somebody changed it since."""
    if row["body"] is None:
        return "missing"
    wanted_body, wanted_settings = capture_function.kept_form(created)
    found = (row["body"], row["as_owner"], sorted(row["settings"]), row["opened"])
    same = found == (wanted_body, True, sorted(wanted_settings), False)
    if row["comment"] == capture_function.function_comment(created):
        return "installed" if same else "edited"
    return "outdated" if same or (row["comment"] or "").startswith(_COMMENT) else "edited"
