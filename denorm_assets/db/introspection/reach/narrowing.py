"""A definition in which conditions on the anchor stand where PostgreSQL carries none, and the proof that it is one."""

from __future__ import annotations

import re
from contextlib import suppress

from denorm_assets.db.introspection.definition_tree import Parsed, parse_definition, tree_of
from denorm_assets.db.introspection.faithful_tree import faithful_tree
from denorm_assets.db.introspection.reach.functions_of_rows import functions_of_rows
from denorm_assets.db.introspection.reach.shape import source_columns, tables_read
from denorm_assets.db.introspection.views_read import ViewsRead, closed_beneath
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import MissingPrivilege
from denorm_assets.model.catalog.described import Column, DescribedModel, Narrowed
from denorm_assets.sql.analysis.clock.definition_text import ANY_TIME, at_time, stored_time
from denorm_assets.sql.analysis.clock.marks import tree_at, with_marks
from denorm_assets.sql.analysis.places import Place, Placer
from denorm_assets.sql.analysis.refusal import Refusal
from denorm_assets.sql.dialect import printed
from denorm_assets.sql.parsed.query_tree import parse_tree
from denorm_assets.sql.parsed.views import same_with_views, with_views, without_truths

_MAY_STOP = re.compile(r"\b(?:EXCEPT|INTERSECT|UNION|ROLLUP|CUBE|GROUPING\s+SETS|WITH)\b", re.IGNORECASE)
"""What a condition may not get below; in a definition without any of these it always does."""
_WHOLE_NUMBERS = frozenset({"smallint", "integer", "bigint"})
"""Types whose values are compared as they are, and by the index of any of them."""


def narrowed(session: Session, described: DescribedModel, views: ViewsRead) -> Narrowed | None:
    """What is executed of `described`, which reads `views`, for some anchors; None where that is the definition itself.

    Without the conditions, PostgreSQL reads the definition in it, with subqueries for the views.
    """
    texts = [described.definition, *(view.text for view in views.views.values())]
    if described.model.is_view or not any(map(_MAY_STOP.search, texts)):
        return None
    # Where the shape is not understood, or tables beneath views are not ours to read, the definition is executed.
    with suppress(Refusal, MissingPrivilege):
        if closed_beneath(session, views):
            return None
        columns = source_columns(session, tables_read(session, described))
        read = parse_definition(session, described, views)
        tree = faithful_tree(session, described, read, columns)
        opaque = functions_of_rows(session).all
        placer = Placer(tree, columns, opaque, _unused("denorm_place_", tree.sql()))
        placer.place([described.column_names.index(column.name) for column in described.anchor])
        if placer.places and _is_definition(session, described, read, placer):
            return _narrowed(described, placer)
    return None


def _unused(prefix: str, text: str) -> str:
    """`prefix`, or a longer one that `text` does not hold."""
    while prefix in text:
        prefix += "_"
    return prefix


def _text(described: DescribedModel, placer: Placer, time: str) -> str:
    tree = placer.tree
    return printed(tree if described.at_clock is None else tree_at(with_marks(tree), time))


def _is_definition(session: Session, described: DescribedModel, read: Parsed, placer: Placer) -> bool:
    """Whether PostgreSQL reads the definition in the tree with all conditions true, whatever the time."""
    found = tree_of(session, _mark(placer).sub("TRUE", _text(described, placer, ANY_TIME)))
    whole = read.tree
    if described.at_clock is not None:
        text = described.without_views or described.definition
        whole = tree_of(session, at_time(text, ANY_TIME) or text)
    if found is None or whole is None:
        return False
    expected = with_views(parse_tree(whole), read.views.parsed)
    return same_with_views(without_truths(parse_tree(found)), without_truths(expected))


def _mark(placer: Placer) -> re.Pattern[str]:
    return re.compile(f'"{re.escape(placer.mark)}(\\d+)"')


def _narrowed(described: DescribedModel, placer: Placer) -> Narrowed:
    text = _text(described, placer, stored_time(described.system, described.model.name))
    pieces = _mark(placer).split(text)
    places = [placer.places[int(number)] for number in pieces[1::2]]
    values = tuple(
        tuple((position, _value(described.anchor[position], place, position)) for position in place.values)
        for place in places
    )
    return Narrowed(tuple(pieces[::2]), values, tuple(dict.fromkeys(place.below for place in places)))


def _value(column: Column, place: Place, position: int) -> str:
    """The value of a column of the anchor at `place`, compared as that column is."""
    text, type_name = printed(place.values[position]), place.types.get(position)
    if type_name != column.type and not {type_name, column.type} <= _WHOLE_NUMBERS:
        text = f"({text})::{column.type}"
    if column.collation is not None:
        schema, name = (part.replace('"', '""') for part in column.collation)
        text = f'({text}) COLLATE "{schema}"."{name}"'
    return text
