"""The triggers of capture on a source and what inherits from it. Which of them a table needs, its place decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal as OneOf

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.capture.capture_function import function_name
from denorm_assets.sql.capture.row_capture import MOVED, MOVES, MOVING
from denorm_assets.sql.statement import Raw, Statement, name, table

Enabled = OneOf["O", "R", "A"]
"""Where a trigger fires, as pg_trigger says it: everywhere but in the replica role, only there, or always."""

IN_REPLICA = "replica_truncate"
"""The trigger that each table has if changes in the replica role are logged."""

_ENABLE: Mapping[Enabled, str] = {"R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}


@dataclass(frozen=True)
class Trigger:
    """The clauses of CREATE TRIGGER after its name and after its table, and the function's arguments."""

    event: str
    clauses: str
    arguments: str = ""


_MOVED_IN = f"FOR EACH ROW WHEN (pg_catalog.current_setting('{MOVED}', true) OPERATOR(pg_catalog.<>) '')"
_MOVED_OUT = (
    f"FOR EACH ROW WHEN (pg_catalog.current_setting('{MOVING}', true) OPERATOR(pg_catalog.<>) ''"
    f" AND pg_catalog.set_config('{MOVED}', '|', true) OPERATOR(pg_catalog.<>) '')"
)
"""A move is a deletion and then an insertion. An INSERT of MERGE comes without a deletion, and its trigger logs it."""
_STATEMENT = "FOR EACH STATEMENT"
TRIGGERS: Mapping[str, Trigger] = {
    "insert": Trigger("AFTER INSERT", f"REFERENCING NEW TABLE AS new_rows\n{_STATEMENT}"),
    "update": Trigger("AFTER UPDATE", f"REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows\n{_STATEMENT}"),
    "delete": Trigger("AFTER DELETE", f"REFERENCING OLD TABLE AS old_rows\n{_STATEMENT}"),
    "truncate": Trigger("AFTER TRUNCATE", _STATEMENT),
    "rows": Trigger("AFTER INSERT OR UPDATE OR DELETE", "FOR EACH ROW"),
    IN_REPLICA: Trigger("AFTER TRUNCATE", _STATEMENT),
    "moved_in": Trigger("AFTER INSERT", _MOVED_IN),
    "moved_out": Trigger("AFTER DELETE", _MOVED_OUT),
    "move_begins": Trigger("BEFORE UPDATE", _STATEMENT, f"'{MOVES}'"),
    "move_ends": Trigger("AFTER UPDATE", _STATEMENT, f"'{MOVES}'"),
}
"""By name; the control query `objects.triggers` says which of them a table needs, and how enabled."""


def install_trigger(
    source: TableName, source_id: int, event: str, trigger_name: str, enabled: Enabled
) -> list[Statement]:
    """Make the trigger `event` and have it fire where it should; but for O, only the table's owner may."""
    trigger = TRIGGERS[event]
    created = Statement(
        "CREATE OR REPLACE TRIGGER {trigger} {event} ON {table}\n{clauses} EXECUTE FUNCTION {function}({arguments})",
        {
            "trigger": name(trigger_name),
            "event": Raw(trigger.event),
            "table": table(source),
            "clauses": Raw(trigger.clauses),
            "function": name("denorm", function_name(source_id)),
            "arguments": Raw(trigger.arguments),
        },
    )
    if enabled == "O":
        return [created]
    enable = Statement(
        "ALTER TABLE {table} {enable} TRIGGER {trigger}",
        {"table": table(source), "enable": Raw(_ENABLE[enabled]), "trigger": name(trigger_name)},
    )
    return [created, enable]
