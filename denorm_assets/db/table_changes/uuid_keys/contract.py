"""Contract: the text columns go, and with them all that stood on them. There is no way back."""

from __future__ import annotations

from collections.abc import Sequence

from denorm_assets.db.postgres.session import Session
from denorm_assets.db.table_changes.uuid_keys.catalog import attached, dependent_views, standing, table_indexes
from denorm_assets.db.table_changes.uuid_keys.columns import IdentifierColumn, Tables
from denorm_assets.db.table_changes.uuid_keys.switch import plan_switch
from denorm_assets.db.table_changes.uuid_keys.twin_indexes import follows
from denorm_assets.errors import WorkNotDone
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.step import Stage, Step
from denorm_assets.sql.table_changes.key_constraints import with_text_check
from denorm_assets.sql.table_changes.uuid_keys import drop_columns, drop_function, set_default


def plan_contract(tables: Tables) -> list[Step]:
    """A step per table."""
    return [_step(table, columns) for table, columns in tables.items()]


def _step(table: TableName, columns: Sequence[IdentifierColumn]) -> Step:
    gone = [column.twin.text for column in columns if column.has_text]
    if not gone:
        return Step("text columns", str(table), "keep", Stage.BY_HAND)
    statements = (
        drop_function(table),
        *(set_default(table, column.twin) for column in columns if column.twin.default is not None),
        drop_columns(table, gone),
        query("identifiers", "forget", schema=table.schema, table=table.name),
    )
    lock = "ACCESS EXCLUSIVE on it, for an instant"
    why = f"{', '.join(gone)} with all indexes on them"
    return Step("text columns", str(table), "drop", Stage.BY_HAND, lock, statements, why=why, atomic=True)


def require_contractible(session: Session, phase: str, tables: Tables) -> None:
    """Raises WorkNotDone where keys are not on the `uuid` columns yet, or views read text ones."""
    left = [step.name for step in plan_switch(session, tables) if step.action != "keep"]
    if left:
        raise WorkNotDone(phase, f"keys are not on the uuid columns yet ({', '.join(left[:3])})")
    for table, columns in tables.items():
        going = [column.twin.text for column in columns if column.has_text]
        views = dependent_views(session, table, going)
        if views:
            raise WorkNotDone(
                phase, f"{', '.join(map(str, views))} read text identifiers of {table}; change or drop them first"
            )
        names = [index.name for index in table_indexes(session, table, going) if follows(index)]
        names += [with_text_check(column.twin.uuid) for column in columns]
        kept = standing(session, table, going, but=names)
        if kept:
            what = f"{', '.join(kept)} would go with the text identifiers of {table}; make the like on uuid columns, "
            raise WorkNotDone(phase, f"{what}and drop that first")
        needing = attached(session, table, going)
        if needing:
            what = f"{', '.join(needing)} needs text identifiers of {table}; change or drop that first"
            raise WorkNotDone(phase, what)
