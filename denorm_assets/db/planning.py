"""What schema work a system still needs: planned from the catalog, nothing changed."""

from __future__ import annotations

from collections.abc import Sequence

from denorm_assets.db import control_schema
from denorm_assets.db.capture import lacks_capture
from denorm_assets.db.partitioned_indexes import partitions_of, plan_partitioned_index
from denorm_assets.db.session import Session
from denorm_assets.db.sources import model_sources
from denorm_assets.db.steps import Stage, Step
from denorm_assets.errors import NameTaken, NeedsRebuild, NotApplied
from denorm_assets.model.described import DescribedModel
from denorm_assets.model.index import Index
from denorm_assets.model.partition import Partition
from denorm_assets.model.system import Phase, System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql import indexes, tables, views
from denorm_assets.sql.control import migrations, query
from denorm_assets.sql.tables import OURS, comment_text


def plan_control_schema(session: Session) -> Step:
    """The step that brings the control schema to this release's version."""
    name = f"denorm (version {migrations()[-1][0]})"
    if control_schema.installed(session):
        return Step("control schema", name, "keep", Stage.BEFORE_LOAD)
    return Step("control schema", name, "migrate", Stage.BEFORE_LOAD, "none on tables of the application")


def plan_table(session: Session, described: DescribedModel) -> Step:
    """The step that creates the read model's table or view, or puts one in the place of the other.

    Raises NeedsRebuild where a table of another shape stands there, NameTaken where it is none of ours.
    """
    found = session.row(query("catalog", "relation", schema=described.schema, table=described.model.name))
    if found is not None:
        held_view = found["kind"] == "m"
        if held_view != described.model.is_view and not (found["comment"] or "").startswith(OURS):
            raise NameTaken(described.full_name, str(described.table))
        if held_view != described.model.is_view or (held_view and found["comment"] != comment_text(described)):
            return _replacement(described)
    if described.model.is_view:
        return _plan_view(described, exists=found is not None)
    rows = session.rows(query("catalog", "table_columns", schema=described.schema, table=described.model.name))
    name = str(described.table)
    missing = _missing_partitions(session, described)
    if not rows:
        partitions = tuple(tables.create_partition(described, partition) for partition in missing)
        return Step(
            "table",
            name,
            "create",
            Stage.BEFORE_LOAD,
            "none on tables of the application",
            (tables.create_table(described), *partitions, tables.comment_on_table(described)),
        )
    held = [f"{row['name']} {row['type']}" for row in rows]
    wanted = [f"{column.name} {column.type}" for column in described.columns]
    if held != wanted:
        raise NeedsRebuild(
            described.full_name, name, f"the table has ({', '.join(held)}), the definition yields ({', '.join(wanted)})"
        )
    partitioned = found is not None and found["kind"] == "p"
    if partitioned != bool(described.partitions):
        is_, wants = ("is", "is not") if partitioned else ("is not", "is")
        raise NeedsRebuild(
            described.full_name, name, f"the table {is_} partitioned, and the read model {wants} declared so"
        )
    if missing:
        lost = ", ".join(partition.table.name for partition in missing)
        raise NeedsRebuild(described.full_name, name, f"its partition {lost} is missing")
    if not has_key(session, described):
        key = ", ".join(described.model.key)
        raise NeedsRebuild(described.full_name, name, f"the table has no primary key or unique constraint on ({key})")
    return Step("table", name, "keep", Stage.BEFORE_LOAD, statements=(tables.comment_on_table(described),))


def _missing_partitions(session: Session, described: DescribedModel) -> list[Partition]:
    """Partitions that are not there. Raises NameTaken where another relation has the name of one."""
    held = partitions_of(session, described.table)
    missing = [partition for partition in described.partitions if partition.table not in held]
    for partition in missing:
        named = {"schema": described.schema, "table": partition.table.name}
        if session.row(query("catalog", "relation", **named)) is not None:
            raise NameTaken(described.full_name, str(partition.table))
    return missing


def _replacement(described: DescribedModel) -> Step:
    kind = "materialized view" if described.model.is_view else "table"
    lock = "ACCESS EXCLUSIVE on what it replaces, for an instant: readers wait"
    return Step(kind, str(described.table), "replace", Stage.BEFORE_LOAD, lock)


def _plan_view(described: DescribedModel, *, exists: bool) -> Step:
    create = (views.create_view(described), views.create_key_index(described), views.comment_on_view(described))
    return Step(
        "materialized view",
        str(described.table),
        "keep" if exists else "create",
        Stage.BEFORE_LOAD,
        "" if exists else "none on tables of the application",
        () if exists else create,
    )


def plan_capture(session: Session, described: DescribedModel) -> list[Step]:
    """A step for each source that does not log all that the read model needs. Raises DefinitionError."""
    sources = model_sources(session, described)
    applied = control_schema.installed(session)
    lock = "SHARE ROW EXCLUSIVE, for an instant: its writers wait"
    return [
        Step("capture", str(source), "create", Stage.BEFORE_LOAD, lock)
        if not applied or lacks_capture(session, described, source, sources)
        else Step("capture", str(source), "keep", Stage.BEFORE_LOAD)
        for source in sources.watched
    ]


def require_table(session: Session, described: DescribedModel) -> None:
    """Raises NotApplied or NeedsRebuild unless the read model's table is there in the shape of its definition."""
    if plan_table(session, described).action in ("create", "replace"):
        raise NotApplied(described.full_name)


def has_key(session: Session, described: DescribedModel) -> bool:
    """Whether the read model's table lets no two rows have one key."""
    found = session.rows(query("catalog", "indexes", schema=described.schema, table=described.model.name))
    return any(
        row["unique_columns"] is not None
        and set(row["unique_columns"]) == set(described.model.key)
        and (row["null_is_a_value"] or described.key_is_not_null)
        for row in found
    )


def plan_indexes(session: Session, described: DescribedModel, *, live: bool) -> list[Step]:
    """Steps for the declared secondary indexes; concurrently where the table is in use."""
    return plan_table_indexes(session, described.table, described.model.indexes, Stage.AFTER_LOAD, live=live)


def plan_phase_indexes(session: Session, system: System, phase: Phase) -> list[Step]:
    """Steps for the indexes of a phase, all built concurrently."""
    steps: list[Step] = []
    for wanted in dict.fromkeys(found.table for found in phase.indexes):
        of_table = tuple(found.index for found in phase.indexes if found.table == wanted)
        steps += plan_table_indexes(session, wanted.within(system.schema), of_table, Stage.BEFORE_LOAD, live=True)
    return steps


def plan_table_indexes(
    session: Session, target: TableName, wanted: Sequence[Index], stage: Stage, *, live: bool
) -> list[Step]:
    """A step for each of the `wanted` indexes of `target`, which carries its schema."""
    assert target.schema is not None, "tables are named with their schema here"
    installed = {
        row["name"]: row for row in session.rows(query("catalog", "indexes", schema=target.schema, table=target.name))
    }
    partitions = partitions_of(session, target)
    if partitions:
        return [
            plan_partitioned_index(session, target, partitions, index, installed, stage, live=live) for index in wanted
        ]
    steps: list[Step] = []
    for index in wanted:
        name = index.name_for(target.name)
        found = installed.get(name)
        build = (indexes.create_index(target, index, concurrently=live), indexes.comment_on_index(target, index))
        lock = "SHARE UPDATE EXCLUSIVE, nobody waits" if live else "SHARE on the table being loaded, readers go on"
        if found is None:
            steps.append(Step("index", name, "create", stage, lock, build))
        elif not found["valid"] or indexes.index_hash(target, index) not in (found["comment"] or ""):
            drop = indexes.drop_index(target.schema, name)
            steps.append(Step("index", name, "rebuild", stage, lock, (drop, *build)))
        else:
            steps.append(Step("index", name, "keep", stage))
    return steps


def plan_foreign_keys(session: Session, described: DescribedModel) -> list[Step]:
    """Steps for the foreign keys that the declaration opts in to: NOT VALID first, validated on their own."""
    steps: list[Step] = []
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
            steps.append(Step("foreign key", name, "create", Stage.AFTER_LOAD, lock, (add, validate)))
        elif not installed[name]:
            lock = f"ROW SHARE on {reference.to}, nobody waits"
            steps.append(Step("foreign key", name, "validate", Stage.AFTER_LOAD, lock, (validate,)))
        else:
            steps.append(Step("foreign key", name, "keep", Stage.AFTER_LOAD))
    return steps
