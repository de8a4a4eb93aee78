"""What PostgreSQL reads in a SELECT that may become a definition, and which of its columns tell its rows apart."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from denorm_assets.db.introspection.name_resolution import resolved
from denorm_assets.db.introspection.row_order import catalog_of
from denorm_assets.db.postgres.session import Session
from denorm_assets.sql.control import query
from denorm_assets.sql.parsed.catalog import Catalog
from denorm_assets.sql.parsed.dependence import agreeing
from denorm_assets.sql.parsed.query_tree import Node, parse_tree
from denorm_assets.sql.statement import verbatim


@dataclass(frozen=True)
class Select:
    """A SELECT.

    Attributes:
        text: as PostgreSQL prints it, with all schemas.
        columns: output column -> its position; without those that nothing compares.
    """

    text: str
    columns: Mapping[str, int]
    _tree: Node
    _catalog: Catalog

    def is_unique(self, columns: Collection[str]) -> bool:
        """Whether the analysis proves that no two rows agree in these columns."""
        known = {self.columns[column]: False for column in columns if column in self.columns}
        return agreeing((self._tree,), self._catalog, known)[0]

    def key(self) -> tuple[str, ...] | None:
        """The first columns that are proven to tell the rows apart, none of them needless; None where none are."""
        found = list(self.columns)
        if not self.is_unique(found):
            return None
        for column in list(self.columns)[::-1]:
            fewer = [each for each in found if each != column]
            if fewer and self.is_unique(fewer):
                found = fewer
        return tuple(found) or None


def read_select(session: Session, text: str) -> Select:
    """What PostgreSQL reads in `text`. Raises what it says of a faulty one. Leaves nothing behind."""
    with session.rehearsal(), resolved(session, verbatim(text)):
        found = session.one(query("definitions", "parsed"))
        facts = session.one(query("definitions", "order_facts"))
        columns = session.rows(query("scaffold", "comparable_columns"))
        return Select(
            found["readable"].strip().rstrip(";"),
            {row["name"]: row["position"] for row in columns if row["comparable"]},
            parse_tree(found["tree"]),
            catalog_of(session, found["tree"], facts),
        )
