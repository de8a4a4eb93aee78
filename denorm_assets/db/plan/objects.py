"""What schema work a system still needs: planned from the catalog, nothing changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from denorm_assets.db.control import control_schema
from denorm_assets.db.introspection.estimates import held_rows, index_seconds, model_rows, validate_seconds
from denorm_assets.db.plan.partitioned_indexes import keep_index, partitions_of, plan_partitioned_index
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.index import Index
from denorm_assets.model.system import Phase, System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import migrations, query
from denorm_assets.sql.ddl import indexes
from denorm_assets.sql.step import Stage, Step


def plan_control_schema(session: Session) -> Step:
    """The step that brings the control schema to this release's version. Raises ControlSchemaTaken."""
    statements = tuple(control_schema.migration_statements(session))
    name = f"denorm (version {migrations()[-1][0]})"
    if not statements:
        return Step("control schema", name, "keep", Stage.BEFORE_LOAD)
    return Step("control schema", name, "migrate", Stage.BEFORE_LOAD, "none on tables of the application", statements)


def has_key(session: Session, described: DescribedModel) -> bool:
    """Whether the read model's table lets no two rows have one key."""
    found = session.rows(query("catalog", "indexes", schema=described.schema, table=described.model.name))
    return any(
        row["unique_columns"] is not None
        and set(row["unique_columns"]) == set(described.model.key)
        and (row["null_is_a_value"] or described.key_is_not_null)
        for row in found
    )


def plan_indexes(session: Session, described: DescribedModel, *, live: bool, afresh: bool = False) -> list[Step]:
    """Steps for the declared secondary indexes; concurrently where the table is in use.

    `afresh` counts none as installed, because the table will be another one.
    """
    wanted, rows = described.model.indexes, model_rows(session, described)
    return plan_table_indexes(session, described.table, wanted, Stage.AFTER_LOAD, live=live, afresh=afresh, rows=rows)


def plan_phase_indexes(session: Session, system: System, phase: Phase) -> list[Step]:
    """Steps for the indexes of a phase, all built concurrently."""
    steps: list[Step] = []
    for wanted in dict.fromkeys(found.table for found in phase.indexes):
        of_table = tuple(found.index for found in phase.indexes if found.table == wanted)
        table = wanted.within(system.schema)
        rows = held_rows(session, table)
        steps += plan_table_indexes(session, table, of_table, Stage.BEFORE_LOAD, live=True, rows=rows)
    return steps


def plan_table_indexes(
    session: Session,
    target: TableName,
    wanted: Sequence[Index],
    stage: Stage,
    *,
    live: bool,
    rows: int,
    afresh: bool = False,
) -> list[Step]:
    """A step for each of the `wanted` indexes of `target`, which carries its schema and holds about so many `rows`."""
    assert target.schema is not None, "tables are named with their schema here"
    seconds = index_seconds(rows)
    found_now = session.rows(query("catalog", "indexes", schema=target.schema, table=target.name))
    installed = {} if afresh else {row["name"]: row for row in found_now}
    partitions = partitions_of(session, target)
    if partitions:
        planned = [
            plan_partitioned_index(session, target, partitions, index, installed, stage, live=live) for index in wanted
        ]
        return [replace(step, seconds=0.0 if step.action == "keep" else seconds) for step in planned]
    steps: list[Step] = []
    for index in wanted:
        name = index.name_for(target.name)
        found = installed.get(name)
        build = (indexes.create_index(target, index, concurrently=live), indexes.comment_on_index(target, index))
        builds = (TableName(name, target.schema),)
        lock = "SHARE UPDATE EXCLUSIVE, nobody waits" if live else "SHARE on the table being loaded, readers go on"
        if found is None:
            steps.append(Step("index", name, "create", stage, lock, build, seconds, builds=builds))
        elif not found["valid"] or indexes.index_hash(target, index) not in (found["comment"] or ""):
            drop = indexes.drop_index(target.schema, name)
            steps.append(Step("index", name, "rebuild", stage, lock, (drop, *build), seconds, builds=builds))
        else:
            steps.append(keep_index(target, index, found["comment"], stage))
    return steps


def plan_foreign_keys(session: Session, described: DescribedModel, *, released: bool = False) -> list[Step]:
    """Steps for the foreign keys that the declaration opts in to: NOT VALID first, validated on their own.

    `released` says that a rebuild will drop those that are there before it begins.
    """
    steps: list[Step] = []
    seconds = validate_seconds(held_rows(session, described.table))
    wanted = [
        (reference, referring)
        for reference in described.model.references
        if reference.foreign_key
        for referring in indexes.referring_tables(described, reference)
    ]
    for reference, referring in wanted:
        found = session.rows(query("catalog", "foreign_keys", schema=referring.schema, table=referring.name))
        installed = {row["name"]: row["validated"] for row in found}
        name = reference.constraint_name(referring.name)
        add = indexes.add_foreign_key(described, referring, reference)
        validate = indexes.validate_foreign_key(referring, reference)
        lock = f"SHARE ROW EXCLUSIVE on {reference.to}, for an instant: its writers wait"
        if name not in installed:
            steps.append(Step("foreign key", name, "create", Stage.AFTER_LOAD, lock, (add, validate), seconds))
        elif released:
            steps.append(Step("foreign key", name, "rebuild", Stage.AFTER_LOAD, lock, (add, validate), seconds))
        elif not installed[name]:
            lock = f"ROW SHARE on {reference.to}, nobody waits"
            steps.append(Step("foreign key", name, "validate", Stage.AFTER_LOAD, lock, (validate,), seconds))
        else:
            steps.append(Step("foreign key", name, "keep", Stage.AFTER_LOAD))
    return steps
