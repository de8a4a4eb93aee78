"""The views that a definition reads, at any depth, and the tables beneath them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import DefinitionError, MissingPrivilege
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.sql_file import Sql
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.read_definition import Analysis, analyse, analyse_printed
from denorm_assets.sql.control import query
from denorm_assets.sql.parsed.query_tree import Node, parse_tree


@dataclass(frozen=True)
class View:
    """A view as PostgreSQL keeps it.

    Attributes:
        text: as PostgreSQL prints it; `tree` is the parsed query.
        signature: another one where it selects something else.
    """

    id: int
    text: str
    tree: str
    signature: str


@dataclass(frozen=True)
class Beneath:
    """A table that a view reads, or whatever else it reads that is no view.

    Attributes:
        reader: whose rights count there: the view's owner, or None where it is the reader of the first view.
    """

    table: TableName
    view: TableName
    reader: str | None


@dataclass(frozen=True)
class ViewsRead:
    """The views among what is read, and among what these read; `beneath`, by what is read first, is all the rest."""

    views: Mapping[TableName, View] = field(default_factory=dict[TableName, View])
    beneath: Mapping[TableName, Sequence[Beneath]] = field(default_factory=dict[TableName, "Sequence[Beneath]"])

    @property
    def ids(self) -> list[int]:
        """OIDs of the views."""
        return [view.id for view in self.views.values()]

    @property
    def signatures(self) -> tuple[str, ...]:
        """Those of the views, in order."""
        return tuple(sorted(view.signature for view in self.views.values()))

    @property
    def trees(self) -> tuple[str, ...]:
        """What PostgreSQL parsed of each view."""
        return tuple(view.tree for view in self.views.values())

    @property
    def parsed(self) -> dict[int, Node]:
        """OIDs of the views -> what each selects."""
        return {view.id: parse_tree(view.tree) for view in self.views.values()}

    def in_place_of(self, tables: Sequence[TableName]) -> tuple[TableName, ...]:
        """`tables`, with what is beneath a view in its place, without repetition."""
        found: dict[TableName, None] = {}
        for table in tables:
            found |= dict.fromkeys(each.table for each in self.beneath[table]) if table in self.views else {table: None}
        return tuple(found)

    @property
    def below(self) -> tuple[TableName, ...]:
        """All tables beneath views."""
        return tuple(dict.fromkeys(each.table for read in self.beneath.values() for each in read))

    @property
    def below_by_reader(self) -> dict[str | None, list[TableName]]:
        """Role -> the tables beneath views that are read with its rights; None: with those of who reads the view."""
        found: dict[str | None, list[TableName]] = {}
        for each in dict.fromkeys(each for read in self.beneath.values() for each in read):
            found.setdefault(each.reader, []).append(each.table)
        return found

    def where(self, table: TableName) -> str:
        """`table`, and the view that reads it if there is one, in words."""
        over = next((each.view for read in self.beneath.values() for each in read if each.table == table), None)
        return str(table) if over is None else f"{table}, which the view {over} reads"


NO_VIEWS = ViewsRead()


def views_read(session: Session, tables: Sequence[TableName]) -> ViewsRead:
    """The views among `tables`, which carry their schemas, and what they read."""
    named = {"schemas": [table.schema for table in tables], "tables": [table.name for table in tables]}
    views: dict[TableName, View] = {}
    beneath: dict[TableName, dict[Beneath, None]] = {}
    for row in session.rows(query("views", "read", **named)):
        start, table = TableName(row["of_table"], row["of_schema"]), TableName(row["table"], row["schema"])
        below = beneath.setdefault(start, {})
        if row["kind"] == "v":
            views[table] = View(row["id"], row["text"].rstrip(";"), row["tree"], row["signature"])
        else:
            below[Beneath(table, TableName(row["view"], row["view_schema"]), row["reader"])] = None
    return ViewsRead(views, {start: tuple(found) for start, found in beneath.items()})


def views_of(session: Session, described: DescribedModel) -> ViewsRead:
    """The views that a definition reads."""
    return views_read(session, [table.within(described.schema) for table in analyse(described.model.definition).tables])


def beneath_views(definition: Sql, analysis: Analysis, views: ViewsRead, schema: str) -> Analysis:
    """`analysis` of `definition`, with columns of tables in place of those of views as far as their text tells."""
    found: dict[TableName, Analysis] = {}
    for name, view in views.views.items():
        with suppress(DefinitionError):
            found[name] = analyse_printed(definition, view.text)
    return analysis.beneath(found, schema) if found else analysis


def closed_beneath(session: Session, views: ViewsRead) -> dict[TableName, str]:
    """The tables beneath views of which we do not see all rows, and what would let us.

    A role that may read a view need not have any right on them. Raises MissingPrivilege where we may not even name one.
    """
    named = {"schemas": [table.schema for table in views.below], "tables": [table.name for table in views.below]}
    found: dict[TableName, str] = {}
    for row in session.rows(query("views", "rights", **named)) if views.views else ():
        table = TableName(row["table"], row["schema"])
        if row["closed"]:
            raise MissingPrivilege(session.role, f"no USAGE on the schema {table.schema}, for {views.where(table)}")
        found[table] = (
            f"GRANT SELECT ON {table} TO {session.role} is missing"
            if row["denied"]
            else f"its row-level security hides rows from {session.role}"
        )
    return found
