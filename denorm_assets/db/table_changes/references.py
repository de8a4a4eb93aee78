"""Foreign keys between the tables that phases change: those that are there, and those that should be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from denorm_assets.db.control import control_schema
from denorm_assets.db.postgres.session import Session
from denorm_assets.db.table_changes.soft_deletes.mark import tables_of
from denorm_assets.db.table_changes.uuid_keys.columns import identifier_columns
from denorm_assets.model.schema_change import Switch
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query


@dataclass(frozen=True)
class TableReference:
    """A foreign key.

    Attributes:
        fault: what is wrong with it; empty where PostgreSQL keeps it in all rows, on the columns where it belongs.
    """

    table: TableName
    name: str
    columns: tuple[str, ...]
    to: TableName
    to_columns: tuple[str, ...]
    fault: str = ""


def table_references(session: Session, system: System) -> list[TableReference]:
    """The foreign keys between the declared tables. Raises IdentifierRefused."""
    declared = {table for work in system.soft_deletes for table in tables_of(system, work)}
    for identifiers in system.identifiers:
        declared |= identifier_columns(session, system, identifiers).keys()
    named = {"schemas": [table.schema for table in declared], "tables": [table.name for table in declared]}
    switched = any(isinstance(phase.work, Switch) for phase in system.phases)
    found: list[TableReference] = []
    for row in session.rows(query("verification", "foreign_keys", **named)):
        fault = ""
        if switched and row["replaced"]:
            fault = "still on text columns"
        elif not row["enabled"]:
            fault = "its triggers are disabled"
        elif not row["validated"]:
            fault = "not validated"
        found.append(_reference(row, fault))
    if not (switched and control_schema.installed(session)):
        return found
    there = {replace(each, name="", fault="") for each in found}
    moved = [_reference(row, "missing") for row in session.rows(query("verification", "moved", **named))]
    return found + [each for each in moved if replace(each, name="", fault="") not in there]


def _reference(row: Mapping[str, Any], fault: str) -> TableReference:
    table, to = TableName(row["table"], row["schema"]), TableName(row["to_table"], row["to_schema"])
    return TableReference(table, row["name"], tuple(row["columns"]), to, tuple(row["to_columns"]), fault)
