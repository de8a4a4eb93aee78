"""Undoing what an interrupted or failed apply left half-way, without going on to the end of it."""

from __future__ import annotations

from collections.abc import Mapping

from denorm_assets.db.apply.drop_undeclared import (
    declared_indexes,
    drop_leftovers,
    free_indexes,
    index_drop,
    is_ours,
    plan_leftovers,
)
from denorm_assets.db.apply.uninstall import run_drops
from denorm_assets.db.control.index_builds import begun, forget_gone_builds
from denorm_assets.db.control.registry import Registration, registrations
from denorm_assets.db.plan.partitioned_indexes import names_on_partitions, partitions_of
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl.alterations import OUR_COLUMN, drop_column
from denorm_assets.sql.step import Stage, Step


def plan_abort(database: Database, system: System) -> list[Step]:
    """What `abort` would drop, but for what nothing reads any more once that is gone. Changes nothing."""
    with database.session(system.schema) as session:
        registered = registrations(session, system)
        return [
            *plan_leftovers(session, system),
            *_columns(session, system, registered),
            *_indexes(session, system, registered),
        ]


def abort(database: Database, system: System) -> list[Step]:
    """Drop relations built beside read models, columns added for a version that never came, and invalid indexes.

    Nothing of the application's is touched, and what people read stays as it is. Returns the steps. Raises LockHeld,
    also where somebody is still at it.
    """
    with database.session(system.schema) as session:
        registered = registrations(session, system)
        steps = drop_leftovers(session, system)
        further = [*_columns(session, system, registered), *_indexes(session, system, registered)]
        run_drops(session, further)
        forget_gone_builds(session, system.name)
        return [*steps, *further]


def _columns(session: Session, system: System, registered: Mapping[str, Registration]) -> list[Step]:
    steps: list[Step] = []
    for name, found in registered.items():
        table = TableName(name, system.schema)
        for row in session.rows(query("catalog", "table_columns", schema=table.schema, table=table.name)):
            column = row["name"]
            if found.columns is not None and column not in found.columns and row["comment"] == OUR_COLUMN:
                lock = "ACCESS EXCLUSIVE on its table, for an instant"
                drop = drop_column(table, column)
                steps.append(Step("column", f"{table}.{column}", "drop", Stage.BEFORE_LOAD, lock, (drop,)))
    return steps


def _indexes(session: Session, system: System, registered: Mapping[str, Registration]) -> list[Step]:
    """Those that were not built to the end, as far as they are ours: declared, noted, or with our COMMENT."""
    models = {TableName(model.name, system.schema): model for model in system.read_models}
    ours = {TableName(name, system.schema) for name in registered}
    of_phases = {wanted.table.within(system.schema) for phase in system.phases for wanted in phase.indexes}
    steps: list[Step] = []
    for table in sorted(ours | of_phases, key=str):
        own = models[table].indexes if table in models else ()
        declared = declared_indexes(system, table, own)
        partitions = partitions_of(session, table)
        pieces = names_on_partitions(declared, len(partitions))
        schema = str(table.schema)
        for row in free_indexes(session, table):
            if not row["valid"] and (is_ours(row) or row["name"] in declared):
                steps.append(index_drop(schema, row))
        for partition in partitions:
            found = [row for row in free_indexes(session, partition) if row["name"] in pieces]
            steps += [index_drop(str(partition.schema), row) for row in found]
    known = {step.name for step in steps}
    rows = [row for row in begun(session, system.name) if not row["valid"] and row["name"] not in known]
    return [*steps, *(index_drop(row["schema"], row) for row in rows)]
