"""The smallest step that brings a read model's table or view to its declaration, planned from the catalog."""

from __future__ import annotations

from denorm_assets.db.capture.redefinitions import shows_something_else
from denorm_assets.db.control import control_schema
from denorm_assets.db.control.index_ownership import require_own_key_index
from denorm_assets.db.control.registry import Registration, require_own, require_unclaimed
from denorm_assets.db.introspection.estimates import held_rows, merge_seconds, model_rows, replace_seconds
from denorm_assets.db.plan.make_way import making_way, views_following
from denorm_assets.db.plan.objects import has_key
from denorm_assets.db.plan.table_diff import (
    TABLE_KINDS,
    Shape,
    Standing,
    missing_partitions,
    require_free,
    standing,
    table_shape,
)
from denorm_assets.db.postgres.replica_identity import missing_identities
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import ForeignColumns, NameTaken, NotAdoptable, NotInPlace
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.automatic import described_sentence
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl import alterations, tables, views
from denorm_assets.sql.rows.batch import merge_statements
from denorm_assets.sql.rows.compare import count_by_side
from denorm_assets.sql.rows.predicates import EVERY_ROW
from denorm_assets.sql.statement import Statement
from denorm_assets.sql.step import Stage, Step

_NONE = "none on tables of the application"
_COUNTED = 1_000_000
_INSTANT = "ACCESS EXCLUSIVE on it, for an instant: readers wait"


def plan_table(
    session: Session, described: DescribedModel, registered: Registration | None, *, adopt: bool = False
) -> list[Step]:
    """Changes of single columns, and at last the step of the table or view itself.

    Its action is `create`, `keep`, `register` (of a version that is to be loaded), `recreate` (empty, because nobody
    reads it yet), `rebuild` (merged in place), `replace` (built beside), `mark stale`, or with `adopt` also `adopt`.
    Raises NameTaken where what stands there is not the read model's own, NotAdoptable where it cannot become that,
    CommentLost where only the registry says that it is, and NotInPlace where its own has another name now.
    """
    require_unclaimed(session, described)
    found = standing(session, described, registered)
    if found is None:
        if registered is not None and registered.table not in (None, described.table):
            raise NotInPlace(described.full_name, str(described.table), str(registered.table), taken=False)
        require_free(session, described.full_name, described.table)
        return [_creation(session, described)]
    if registered is None or not found.ours:
        if registered is not None and registered.table == described.table:
            require_own(session, described, registered)
        if adopt:
            return [_adoption(session, described, found)]
        adoptable = not described.model.is_view and found.kind in TABLE_KINDS
        raise NameTaken(described.full_name, str(described.table), adoptable=adoptable)
    if (found.kind == "m") != described.model.is_view or (described.model.is_view and not found.current):
        return [_replacement(session, described, loses=_lost_columns(described, registered))]
    if described.model.is_view:
        return [_of_view(session, described, registered)]
    return _of_table(session, described, registered, found)


def _of_view(session: Session, described: DescribedModel, registered: Registration) -> Step:
    if shows_something_else(session, described):
        return _replacement(session, described, "what it shows or calls was renamed or replaced")
    if not has_key(session, described):
        # As when a column of what it reads may be NULL since.
        return _replacement(session, described, f"no index keeps its key ({', '.join(described.model.key)}) apart")
    return _unchanged(session, described, registered)


def _of_table(session: Session, described: DescribedModel, registered: Registration, found: Standing) -> list[Step]:
    shape = table_shape(session, described, registered, found.kind)
    if shape.foreign:
        raise ForeignColumns(described.full_name, str(described.table), shape.foreign)
    if shape.otherwise and registered.served:
        return [_replacement(session, described, shape.otherwise, _lost_columns(described, registered))]
    if shape.otherwise or (shape.missing and not registered.served):
        return [_recreation(session, described, registered.model_id)]
    columns = [*_columns(described, shape), *_identities(session, described)]
    if shape.missing or (registered.served and registered.code_version != described.code_version):
        return [*columns, _rebuild(session, described)]
    return [*columns, _unchanged(session, described, registered)]


def _adoption(session: Session, described: DescribedModel, found: Standing) -> Step:
    if described.model.is_view or found.kind not in TABLE_KINDS:
        difference = "only a table can be, as the table of a read model that is no materialized view"
        if described.model.is_view and (chosen := described_sentence(described)) is not None:
            difference += f" ({chosen}); declare refresh=Debounced() to have one"
    else:
        shape = table_shape(session, described, None, found.kind)
        lacks = ", ".join(column.name for column in shape.missing)
        difference = shape.otherwise or (f"it lacks the columns {lacks}" if lacks else "")
    if difference:
        raise NotAdoptable(described.full_name, str(described.table), difference)
    comment = tables.comment_on_table(described)
    return Step("table", str(described.table), "adopt", Stage.BEFORE_LOAD, statements=(comment,))


def rows_that_differ(session: Session, described: DescribedModel) -> str:
    """How the rows of a table that is to be adopted differ from the definition, in words."""
    differing = session.one(count_by_side(described, EVERY_ROW))
    return (
        f"rows of the table that are not in the definition, which the backfill removes or corrects: "
        f"{differing['extra']:,}; rows of the definition that are not in the table: {differing['missing']:,}"
    )


def _lost_columns(described: DescribedModel, registered: Registration) -> str:
    """The columns that people read and that the new version does not have, in words; empty where there are none."""
    lost = [name for name in registered.columns or () if name not in described.column_names]
    return f"its columns {', '.join(lost)}, which people read" if registered.served and lost else ""


def _creating(session: Session, described: DescribedModel) -> tuple[Statement, ...]:
    if described.model.is_view:
        require_own_key_index(session, described)
        return (views.create_view(described), views.create_key_index(described), views.comment_on_view(described))
    return tables.create_whole(described, missing_partitions(session, described))


def _creation(session: Session, described: DescribedModel) -> Step:
    name = str(described.table)
    return Step(_kind(described), name, "create", Stage.BEFORE_LOAD, _NONE, _creating(session, described))


def _recreation(session: Session, described: DescribedModel, model_id: int) -> Step:
    created = tables.create_whole(described, described.partitions)
    following = views_following(session, described)
    statements = (*making_way(session, described, model_id), *created, *following)
    loses = held_in_words(session, described.table)
    return Step("table", str(described.table), "recreate", Stage.BEFORE_LOAD, _INSTANT, statements, loses=loses)


def held_in_words(session: Session, relation: TableName) -> str:
    """How many rows a table or view holds; empty where none."""
    if not session.one(query("catalog", "relation", schema=relation.schema, table=relation.name))["filled"]:
        return ""
    counted = session.one(tables.count_up_to(relation, _COUNTED))["counted"]
    if counted == 0:
        return ""
    return f"{'' if counted < _COUNTED else 'at least '}{counted:,} row{'' if counted == 1 else 's'}"


def _replacement(session: Session, described: DescribedModel, why: str = "", loses: str = "") -> Step:
    rows = held_rows(session, described.table) if described.model.is_view else model_rows(session, described)
    seconds = replace_seconds(rows, len(described.model.indexes))
    lock = "ACCESS EXCLUSIVE on what it replaces, for an instant: readers wait"
    return Step(
        _kind(described), str(described.table), "replace", Stage.BEFORE_LOAD, lock, (), seconds, why, loses=loses
    )


def _rebuild(session: Session, described: DescribedModel) -> Step:
    seconds = merge_seconds(model_rows(session, described))
    lock = "ROW EXCLUSIVE on it, nobody waits"
    statements = (*merge_statements(described), tables.comment_on_table(described))
    return Step("table", str(described.table), "rebuild", Stage.BEFORE_LOAD, lock, statements, seconds)


def _unchanged(session: Session, described: DescribedModel, registered: Registration) -> Step:
    if registered.code_version != described.code_version:
        action = "register"
    else:
        stale = registered.state == "needs_rebuild" or (
            registered.state == "live" and _has_altered_views(session, registered)
        )
        action = "mark stale" if stale else "keep"
    comment = () if described.model.is_view else (tables.comment_on_table(described),)
    return Step(_kind(described), str(described.table), action, Stage.BEFORE_LOAD, statements=comment)


def _has_altered_views(session: Session, registered: Registration) -> bool:
    if not control_schema.installed(session):
        return False
    return session.row(query("views", "altered", model_id=registered.model_id)) is not None


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


def _identities(session: Session, described: DescribedModel) -> list[Step]:
    return [
        Step("replica identity", str(relation), "set", Stage.BEFORE_LOAD, _INSTANT, (statement,))
        for relation, statement in missing_identities(session, described.schema, described.tables)
    ]


def _kind(described: DescribedModel) -> str:
    return "materialized view" if described.model.is_view else "table"
