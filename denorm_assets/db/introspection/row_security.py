"""Row-level security on sources: who would see a part of their rows, and what was enabled since `apply` looked."""

from __future__ import annotations

from collections.abc import Sequence

from denorm_assets.db.introspection.views_read import ViewsRead, views_read
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import RowsHidden
from denorm_assets.model.catalog.catalog_object import CatalogObject
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Realtime
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.read_definition import analyse
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl.row_security import Guarded, remedy
from denorm_assets.sql.step import Stage, Step


def guarded_tables(session: Session, system: System, model: ReadModel) -> list[Guarded]:
    """The tables with row-level security that `model` reads or refers to; those that are not there yet have none."""
    read = [*analyse(model.definition).tables, *(reference.to for reference in model.references)]
    tables = list(dict.fromkeys(table.within(system.schema) for table in read))
    target, realtime = TableName(model.name, system.schema), isinstance(model.refresh, Realtime)
    views = views_read(session, tables)
    named = [table for table in tables if table not in views.views]
    return [
        *guarded_among(session, named, target, realtime=realtime),
        *_guarded_beneath(session, views, target, realtime=realtime),
    ]


def _guarded_beneath(session: Session, views: ViewsRead, model: TableName, *, realtime: bool) -> list[Guarded]:
    """The same of tables beneath views, which are read with the rights of a view's owner as a rule."""
    found: list[Guarded] = []
    for reader, tables in views.below_by_reader.items():
        if reader is None:
            found += guarded_among(session, tables, model, realtime=realtime)
        else:
            found += guarded_among(session, tables, reader=reader)
    return found


def require_all_rows(session: Session, system: System, models: Sequence[ReadModel]) -> None:
    """Raises RowsHidden where whoever reads the sources of `models` would see a part of their rows."""
    for model in models:
        for found in guarded_tables(session, system, model):
            for role in found.hidden_from:
                raise RowsHidden(role, str(found.table), remedy(found, role))


def hidden_sources(session: Session, model_id: int) -> list[Guarded]:
    """The sources of a registered read model that hide rows from those who read them for it. Needs no definition."""
    rows = session.rows(query("row_security", "sources", model_id=model_id))
    if not rows:
        return []
    of = rows[0]
    model, realtime = TableName(of["model"], of["model_schema"]), bool(of["realtime"])
    named = [TableName(row["table"], row["schema"]) for row in rows if row["named"]]
    views = [TableName(row["view"], row["schema"]) for row in session.rows(query("views", "named", model_id=model_id))]
    found = guarded_among(session, named, model, realtime=realtime)
    found += _guarded_beneath(session, views_read(session, views), model, realtime=realtime)
    return [each for each in found if each.hidden_from]


def note_row_security(session: Session, model_id: int) -> None:
    """Write down which sources have row-level security: `plan` shows that, and whoever applies it has been told."""
    rows = session.rows(query("row_security", "sources", model_id=model_id))
    tables = {TableName(row["table"], row["schema"]): row["source_id"] for row in rows}
    guarded = {tables[found.source] for found in guarded_among(session, list(tables))}
    session.execute(query("row_security", "note", model_id=model_id, guarded=list(guarded)))


def row_security_steps(session: Session, model_id: int) -> list[Step]:
    """A step that notes it, for each source on which row-level security was enabled or disabled since."""
    known = _noted(session, model_id)
    guarded = {found.source for found in guarded_among(session, list(known))}
    return [
        Step("row-level security", str(source), "note", Stage.BEFORE_LOAD)
        for source, noted in known.items()
        if bool(noted) != (source in guarded)
    ]


def row_security_objects(session: Session, model_id: int, full_name: str, apply: str) -> list[CatalogObject]:
    """Row-level security that was enabled on a source after `apply` last looked: no row is wrong, but more is shown."""
    known = _noted(session, model_id)
    enabled = [found for found in guarded_among(session, list(known)) if not known[found.source]]
    remedy = f"readers of {full_name} see the rows that it hides: check who may read it, then {apply}"
    return [CatalogObject("row-level security", str(found.table), "edited", remedy=remedy) for found in enabled]


def _noted(session: Session, model_id: int) -> dict[TableName, bool | None]:
    """The sources of a registered read model -> whether they had row-level security when `apply` last looked."""
    rows = session.rows(query("row_security", "sources", model_id=model_id))
    return {TableName(row["table"], row["schema"]): row["guarded"] for row in rows}


def guarded_among(
    session: Session,
    tables: Sequence[TableName],
    model: TableName | None = None,
    *,
    realtime: bool = False,
    reader: str | None = None,
) -> list[Guarded]:
    """Of `tables`, and what inherits from them, those with row-level security.

    `reader` reads them, by default the session's role; so does the owner of `model` where that is a materialized view,
    and with `realtime` the function that recomputes in the writing transaction.
    """
    rows = session.rows(
        query(
            "row_security",
            "guarded",
            schemas=[table.schema for table in tables],
            tables=[table.name for table in tables],
            model_schema=model and model.schema,
            model=model and model.name,
            realtime=realtime,
            reader=reader,
        )
    )
    return [
        Guarded(
            TableName(row["of_table"], row["of_schema"]),
            TableName(row["table"], row["schema"]),
            row["owner"],
            row["owned_by_superuser"],
            row["forced"],
            tuple(row["hidden_from"]),
        )
        for row in rows
    ]
