"""The smallest step that brings a read model's table or view to its declaration, planned from the catalog."""

from __future__ import annotations

from denorm_assets.db.estimates import held_rows, merge_seconds, model_rows, replace_seconds
from denorm_assets.db.registry import Registration, require_unclaimed
from denorm_assets.db.session import Session
from denorm_assets.db.shapes import Shape, Standing, missing_partitions, standing, table_shape
from denorm_assets.db.steps import Stage, Step
from denorm_assets.errors import ForeignColumns, NameTaken
from denorm_assets.model.described import DescribedModel
from denorm_assets.sql import alterations, replacing, tables, views
from denorm_assets.sql.statement import Statement

_NONE = "none on tables of the application"
_INSTANT = "ACCESS EXCLUSIVE on it, for an instant: readers wait"


def plan_table(session: Session, described: DescribedModel, registered: Registration | None) -> list[Step]:
    """Changes of single columns, and at last the step of the table or view itself.

    Its action is `create`, `keep`, `register` (of a version that is to be loaded), `recreate` (empty, because nobody
    reads it yet), `rebuild` (merged in place), `replace` (built beside) or `mark stale`. Raises NameTaken where what
    stands there is not the read model's own.
    """
    require_unclaimed(session, described)
    found = standing(session, described)
    if found is None:
        return [_creation(session, described)]
    is_view = described.model.is_view
    if not found.ours and ((found.kind == "m") != is_view or (is_view and registered is None)):
        raise NameTaken(described.full_name, str(described.table))
    if (found.kind == "m") != is_view or (is_view and not found.current):
        return [_replacement(session, described)]
    return [_unchanged(described, registered)] if is_view else _of_table(session, described, registered, found)


def _of_table(
    session: Session, described: DescribedModel, registered: Registration | None, found: Standing
) -> list[Step]:
    shape = table_shape(session, described, registered, found.kind)
    served = registered is not None and registered.served
    if (shape.otherwise or (shape.missing and not served)) and (registered is None or not found.ours):
        raise NameTaken(described.full_name, str(described.table))
    if shape.foreign:
        raise ForeignColumns(described.full_name, str(described.table), shape.foreign)
    if shape.otherwise and served:
        return [_replacement(session, described, shape.otherwise)]
    if shape.otherwise or (shape.missing and not served):
        return [_recreation(session, described, found.kind)]
    columns = _columns(described, shape)
    if shape.missing or (registered is not None and served and registered.code_version != described.code_version):
        return [*columns, _rebuild(session, described)]
    return [*columns, _unchanged(described, registered)]


def _creating(session: Session, described: DescribedModel) -> tuple[Statement, ...]:
    if described.model.is_view:
        return (views.create_view(described), views.create_key_index(described), views.comment_on_view(described))
    missing = missing_partitions(session, described)
    partitions = (tables.create_partition(described, partition) for partition in missing)
    return (tables.create_table(described), *partitions, tables.comment_on_table(described))


def _creation(session: Session, described: DescribedModel) -> Step:
    name = str(described.table)
    return Step(_kind(described), name, "create", Stage.BEFORE_LOAD, _NONE, _creating(session, described))


def _recreation(session: Session, described: DescribedModel, held_kind: str) -> Step:
    partitions = tuple(tables.create_partition(described, partition) for partition in described.partitions)
    statements = (
        replacing.drop_relation(described.table, held_kind),
        tables.create_table(described),
        *partitions,
        tables.comment_on_table(described),
    )
    return Step("table", str(described.table), "recreate", Stage.BEFORE_LOAD, _INSTANT, statements)


def _replacement(session: Session, described: DescribedModel, why: str = "") -> Step:
    rows = held_rows(session, described.table) if described.model.is_view else model_rows(session, described)
    seconds = replace_seconds(rows, len(described.model.indexes))
    lock = "ACCESS EXCLUSIVE on what it replaces, for an instant: readers wait"
    return Step(_kind(described), str(described.table), "replace", Stage.BEFORE_LOAD, lock, (), seconds, why)


def _rebuild(session: Session, described: DescribedModel) -> Step:
    seconds = merge_seconds(model_rows(session, described))
    lock = "ROW EXCLUSIVE on it, nobody waits"
    return Step("table", str(described.table), "rebuild", Stage.BEFORE_LOAD, lock, (), seconds)


def _unchanged(described: DescribedModel, registered: Registration | None) -> Step:
    if registered is None or registered.code_version != described.code_version:
        action = "register"
    else:
        action = "mark stale" if registered.state == "needs_rebuild" else "keep"
    comment = () if described.model.is_view else (tables.comment_on_table(described),)
    return Step(_kind(described), str(described.table), action, Stage.BEFORE_LOAD, statements=comment)


def _columns(described: DescribedModel, shape: Shape) -> list[Step]:
    table = described.table

    def step(name: str, action: str, *statements: Statement) -> Step:
        return Step("column", f"{table}.{name}", action, Stage.BEFORE_LOAD, _INSTANT, statements)

    return [
        *(step(name, "drop", alterations.drop_column(table, name)) for name in shape.leftover),
        *(step(name, "allow NULL", alterations.allow_null(table, name)) for name in shape.refusing_null),
        *(
            step(
                column.name,
                "add",
                alterations.add_column(table, column),
                alterations.comment_on_column(table, column.name),
            )
            for column in shape.missing
        ),
    ]


def _kind(described: DescribedModel) -> str:
    return "materialized view" if described.model.is_view else "table"
