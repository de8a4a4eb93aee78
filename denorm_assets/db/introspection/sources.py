"""What a read model reads, and how changes there lead to its rows: the analysis, with PostgreSQL's answers in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from denorm_assets.db.control import control_schema
from denorm_assets.db.introspection.definition_tree import parse_definition
from denorm_assets.db.introspection.reach.shape import named_tables, reach_by_key, shape_of, source_columns
from denorm_assets.db.introspection.row_order import require_order
from denorm_assets.db.introspection.steadiness import require_steady
from denorm_assets.db.introspection.views_read import NO_VIEWS, ViewsRead
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import DefinitionError
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.clock.reach import ClockReach
from denorm_assets.sql.analysis.qualification import SourceColumns
from denorm_assets.sql.analysis.reach.paths import Path
from denorm_assets.sql.analysis.refusal import Refusal
from denorm_assets.sql.capture.capture_function import function_name
from denorm_assets.sql.control import query

_TABLE_KINDS = ("r", "p")
_NO_TABLES = {
    "f": ("it is a foreign table: what changes behind it leaves no trace here", "Copy its rows into a table"),
    "m": (
        "it is a materialized view, whose refreshes leave no trace here",
        "Write out what it reads, or declare it as a read model with refresh=Full() and name that in the definition",
    ),
}
_NO_TABLE = ("it is no table, and what changes behind it leaves no trace here", "Read a table in its place")
_OF_POSTGRES = ("pg_catalog", "information_schema")


@dataclass(frozen=True)
class Sources:
    """What a read model reads.

    Attributes:
        columns: all columns of each source; `used` those that the definition names.
        paths: how changes lead to anchors.
        whole: the sources of which each change makes all of the read model stale, with the reason.
        watched: the sources whose changes matter; a common table expression that nothing reads names others.
        named: those that the definition names itself; the others stand beneath `views`.
        zoned: where its value depends on the session's time zone, which is UTC for us; None if nowhere.
        clock: what time alone alters; None where the definition does not read the clock, or is a view's.
    """

    columns: SourceColumns
    used: Mapping[TableName, tuple[str, ...]]
    paths: tuple[Path, ...]
    whole: Mapping[TableName, str]
    watched: tuple[TableName, ...]
    named: frozenset[TableName]
    views: ViewsRead
    zoned: str | None = None
    clock: ClockReach | None = None


def model_sources(session: Session, described: DescribedModel) -> Sources:
    """The sources of a read model and the paths from their changes to its anchors; none where it is a view.

    `session` must be one of the system's schema. Raises DefinitionError for what cannot be kept right; it names the
    clause and the remedy.
    """
    named, views = named_tables(session, described)
    tables = views.in_place_of(named)
    try:
        columns = source_columns(session, tables)
        members = source_members(session, tables, views)
        read = parse_definition(session, described, views)
        require_steady(session, described, read)
        require_order(session, read)
        shape = shape_of(session, described, read, columns)
        reach, clock = reach_by_key(described, shape)
        for source in members:
            _require_stored(session, source, shape.used.get(source, ()))
    except Refusal as refusal:
        raise as_definition_error(described, refusal) from refusal
    reached = [path.source for path in reach.paths]
    watched = columns if described.model.is_view else dict.fromkeys([*reached, *reach.whole])
    return Sources(
        columns, shape.used, reach.paths, reach.whole, tuple(watched), frozenset(named), views, read.zoned, clock
    )


def as_definition_error(described: DescribedModel, refusal: Refusal) -> DefinitionError:
    """`refusal` of a read model's definition, with its file."""
    how = "kept fresh" if described.model.is_view else "kept right"
    return DefinitionError(
        described.model.definition.path,
        None,
        f"it cannot be {how} because of {refusal.clause}: {refusal.reason}",
        refusal.remedy,
    )


def source_members(
    session: Session, tables: Sequence[TableName], views: ViewsRead = NO_VIEWS
) -> dict[TableName, tuple[TableName, ...]]:
    """Each of `tables` with all that inherit from it, partitions at any depth, itself among them.

    Some of them stand beneath `views`. Raises Refusal for what no trigger can watch; the materialized view of a read
    model needs none.
    """
    found: dict[TableName, list[TableName]] = {table: [] for table in tables}
    for row in session.rows(
        query("sources", "relations", schemas=[t.schema for t in tables], tables=[t.name for t in tables])
    ):
        member, table = TableName(row["table"], row["schema"]), TableName(row["of_table"], row["of_schema"])
        if row["kind"] not in _TABLE_KINDS and member != table:
            raise _foreign_part(session, table, member)
        where = views.where(member)
        if row["unlogged"]:
            raise Refusal(
                where,
                "it is UNLOGGED, so that PostgreSQL empties it after a crash, and no trigger sees that",
                f"Run ALTER TABLE {member} SET LOGGED",
            )
        if row["kind"] not in _TABLE_KINDS and not _is_full_model(session, row["kind"], member):
            raise Refusal(where, *_NO_TABLES.get(row["kind"], _NO_TABLE))
        if member.schema in _OF_POSTGRES:
            raise Refusal(where, "it is PostgreSQL's own, and has no triggers", "Read a table of the application")
        found[table].append(member)
    for table, members in found.items():
        if not members:
            raise Refusal(str(table), "there is no such table in that schema", "Write its schema before its name")
    return {table: tuple(members) for table, members in found.items()}


def _foreign_part(session: Session, table: TableName, member: TableName) -> Refusal:
    """Of a foreign table below `table`: how to go on without it, and how the application goes on until then."""
    known = control_schema.installed(session) and session.row(
        query("sources", "numbered", schema=table.schema, table=table.name)
    )
    at_once = (
        f". To let the application write at once: DROP FUNCTION denorm.{function_name(known['id'])}() CASCADE;"
        " the next `denorm-assets apply` makes it again, and refreshes what was missed"
        if known
        else ""
    )
    return Refusal(
        str(member),
        f"it is a foreign table below {table}, and while capture is on {table}, PostgreSQL refuses statements that"
        " reach it",
        f"Run ALTER TABLE {table} DETACH PARTITION {member} (or ALTER TABLE {member} NO INHERIT {table}), or read"
        f" a table that it is no part of{at_once}",
    )


def _is_full_model(session: Session, kind: str, relation: TableName) -> bool:
    """Whether it is the materialized view of a read model, of this or another system: each refresh of it is logged."""
    if kind != "m" or not control_schema.installed(session):
        return False
    found = session.one(query("sources", "is_full_model", schema=relation.schema, table=relation.name))
    return bool(found["present"])


def _require_stored(session: Session, source: TableName, used: Sequence[str]) -> None:
    """Refuse virtual generated columns: transition tables do not hold their values."""
    named = {"schema": source.schema, "table": source.name}
    for row in session.rows(query("sources", "virtual_columns", columns=list(used), **named)):
        raise Refusal(
            f"{source}.{row['name']}",
            "it is a virtual generated column, whose values triggers do not see",
            "Write out its expression, or drop the column and add it again as STORED",
        )
