"""A syntax tree of a definition that means what PostgreSQL reads in it.

Expansions are made of the tree, which sqlglot makes and PostgreSQL judges: the tree is printed, PostgreSQL parses that,
and both parsed queries are compared. Where they differ, sqlglot reads what PostgreSQL prints of the definition instead.
Of a view that the definition reads, sqlglot reads what PostgreSQL prints of the view.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from denorm_assets.db.introspection.definition_tree import Parsed, tree_of
from denorm_assets.db.introspection.views_read import ViewsRead
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.qualification import (
    SourceColumns,
    inlined,
    joins_by_name,
    located,
    named_apart,
    parsed,
    qualified,
    refuse_open_forms,
)
from denorm_assets.sql.analysis.refusal import Refusal
from denorm_assets.sql.dialect import printed
from denorm_assets.sql.parsed.query_tree import parse_tree
from denorm_assets.sql.parsed.same_query import same_query
from denorm_assets.sql.parsed.views import same_with_views, with_views

_CATALOG = "pg_catalog"
"""The schema of what PostgreSQL prints without one."""


def faithful_tree(session: Session, described: DescribedModel, read: Parsed, columns: SourceColumns) -> exp.Query:
    """The syntax tree of a definition with every column qualified, as people wrote it if possible.

    What views select stands in their place. Names in the tree mean the same whatever the search path is, so that what
    is made of it stays the same. Raises Refusal where there is no tree in which PostgreSQL reads what it reads in the
    definition.
    """
    types = tuple((table, tuple(found.items())) for table, found in columns.items())
    key = ("tree", read.trees, described.model.definition.text, types)
    return session.once(key, lambda: _faithful_tree(session, described, read, columns)).copy()


def _faithful_tree(session: Session, described: DescribedModel, read: Parsed, columns: SourceColumns) -> exp.Query:
    qualifier = _Qualifier(session, read, _of_views(read.views), columns, described.schema)
    try:
        return qualifier.qualified(parsed(described.model.definition.text))
    except Refusal as refusal:
        fault = refusal
    try:
        return qualifier.qualified(parsed(read.readable))
    except Refusal:
        raise fault from None


def tree_in_place(session: Session, described: DescribedModel, read: Parsed) -> exp.Query:
    """The syntax tree of a definition, in which what views select stands in their place. Raises Refusal as above."""
    qualifier = _Qualifier(session, read, _of_views(read.views), {}, described.schema)
    try:
        return qualifier.in_place(parsed(described.model.definition.text))[0]
    except Refusal as refusal:
        fault = refusal
    try:
        return qualifier.in_place(parsed(read.readable))[0]
    except Refusal:
        raise fault from None


def _of_views(views: ViewsRead) -> dict[TableName, exp.Query]:
    found: dict[TableName, exp.Query] = {}
    for name, view in views.views.items():
        try:
            found[name] = located(parsed(view.text), _CATALOG)
        except Refusal as refusal:
            raise Refusal(f"the view {name}", refusal.reason, refusal.remedy) from refusal
    return found


@dataclass(frozen=True)
class _Qualifier:
    """Qualifies the columns of trees of one definition; `schema` is where bare names in it live."""

    session: Session
    read: Parsed
    views: Mapping[TableName, exp.Query]
    columns: SourceColumns
    schema: str

    def in_place(self, plain: exp.Query) -> tuple[exp.Query, Mapping[str, str]]:
        """`plain` with views inlined, and the names given in it. Raises Refusal where it means something else."""
        tree = inlined(located(plain, self.schema), self.views)
        refuse_open_forms(tree)
        renamed = named_apart(tree)
        if not self._means(tree, renamed):
            raise Refusal(
                "the definition",
                "it holds SQL that sqlglot, by which denorm-assets reads it, understands otherwise than PostgreSQL",
                "Write unusual syntax in another way, or put it into an IMMUTABLE function",
            )
        return tree, renamed

    def qualified(self, plain: exp.Query) -> exp.Query:
        """The same, with every column qualified."""
        tree, renamed = self.in_place(plain)
        found = qualified(tree, self.columns, self.schema)
        # USING becomes ON, which PostgreSQL keeps in another form.
        if not (joins_by_name(tree) or self._means(found, renamed)):
            raise Refusal(
                "the definition", "its columns cannot be resolved", "Write the table's alias before each column"
            )
        return found

    def _means(self, tree: exp.Query, renamed: Mapping[str, str]) -> bool:
        """Whether PostgreSQL reads in `tree` what it reads in the definition; `renamed` are names that it gives."""
        found = tree_of(self.session, printed(tree))
        if found is None:
            return False
        if not (self.views or renamed) and same_query(found, self.read.tree):
            return True
        whole = with_views(parse_tree(self.read.tree), self.read.views.parsed)
        return same_with_views(parse_tree(found), whole, renamed)
