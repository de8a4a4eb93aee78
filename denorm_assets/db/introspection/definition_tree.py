"""What PostgreSQL reads in a definition and in the views that it reads."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg import errors as pg

from denorm_assets.db.introspection.name_resolution import Intruder, resolved
from denorm_assets.db.introspection.views_read import ViewsRead
from denorm_assets.db.postgres.errors import TRANSIENT
from denorm_assets.db.postgres.session import Session
from denorm_assets.db.postgres.session_settings import MEANING
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.sql.analysis.clock.definition_text import ANY_TIME, at_time
from denorm_assets.sql.analysis.clock.literals import literals
from denorm_assets.sql.control import query
from denorm_assets.sql.parsed.named_values import functions_of_values, written_out
from denorm_assets.sql.parsed.parsed_query import read_tree
from denorm_assets.sql.parsed.same_query import same_query
from denorm_assets.sql.parsed.session_zone import has_constants, zone_dependent
from denorm_assets.sql.statement import Listing, Raw, Statement, verbatim

_WHOLE_ROW = re.compile(r"\{VAR :varno -?\d+ :varattno 0 ")
_ALIAS = r"\{ALIAS :aliasname (?:\\.|\S)+ :colnames (?:<>|\((?:\\.|[^\\)])*\))\}"
_NAMED_JOIN = re.compile(rf"\{{RANGETBLENTRY :alias {_ALIAS} :eref {_ALIAS} :rtekind 2 ")
_CALLED = re.compile(r" :(?:funcid|opfuncid|aggfnoid|winfnoid|startInRangeFunc|endInRangeFunc) (\d+)")
_SUCH_AS = {"datestyle": "date", "intervalstyle": "interval", "bytea_output": "bytea", "extra_float_digits": "float"}
"""Settings that types are written out by, each with such a type."""
_ORDERS_OF_DATES = "ISO, MDY", "ISO, DMY"
_ODD_ZONE = "Asia/Kathmandu"
_TYPES = re.compile(r" :\w*type\w* (\d+)")


@dataclass(frozen=True)
class Parsed:
    """What PostgreSQL reads in a definition.

    Attributes:
        tree: the parsed query as PostgreSQL keeps it; `views` are those that it reads, whose text counts as well.
        readable: the query as PostgreSQL prints it, without parentheses that say nothing.
        unsteady: functions (`name`, `kind`) whose value can change while the rows that they are given do not.
        times: types with a date or a time in them that text is converted to.
        order: what decides whether its values depend on the order of rows; see `row_order`.
        reads_whole_rows: whether it names a row as a whole, so that another column of a source alters its value.
        reads_whole_joins: whether it may do that with the rows of a join that has a name of its own.
        names: where it makes text of a value that the search path decides, such as a regclass; None if nowhere.
        zoned: where its value depends on the session's time zone; None if nowhere.
        has_open_dates: whether a literal in it is another day in a session with another DateStyle.
    """

    tree: str
    views: ViewsRead
    readable: str
    unsteady: Sequence[dict[str, Any]]
    times: Sequence[str]
    order: Mapping[str, Any]
    reads_whole_rows: bool
    reads_whole_joins: bool
    names: str | None
    zoned: str | None
    has_open_dates: bool

    @property
    def trees(self) -> tuple[str, ...]:
        """The parsed query, and those of the views that it reads."""
        return (self.tree, *self.views.trees)


def parse_definition(session: Session, described: DescribedModel, views: ViewsRead) -> Parsed:
    """What PostgreSQL reads in the definition as it is executed, `views` among it. Leaves nothing behind."""
    written = described.model.definition.text
    with resolved(session, verbatim(described.definition), trusted=True):
        found = session.one(query("definitions", "parsed"))
        tree: str = found["tree"]
        judged = session.once(("judged", tree, views.trees), lambda: _judge(session, views))
    readable: str = found["readable"].rstrip(";")
    key = ("parsed", tree, views.trees, written)
    read = session.once(key, lambda: _parsed(session, written, tree, views, readable, judged))
    if described.at_clock is None:
        return read
    return session.once(("at any time", *key), lambda: _at_any_time(session, described, read))


def _at_any_time(session: Session, described: DescribedModel, read: Parsed) -> Parsed:
    """`read`, in which the clock is no function any more: what is executed has the stored time there."""
    text = at_time(described.without_views or described.definition, ANY_TIME)
    assert text is not None
    with resolved(session, verbatim(text), trusted=True):
        tree: str = session.one(query("definitions", "parsed"))["tree"]
        views = [] if described.without_views else read.views.ids
        unsteady = session.rows(query("definitions", "unsteady_functions", views=views))
    return replace(read, unsteady=unsteady, zoned=read.zoned or _zoned(session, described.definition, (tree,)))


@dataclass(frozen=True)
class _Judged:
    """What the functions and types in a parsed query are to us; see `Parsed`."""

    unsteady: Sequence[dict[str, Any]]
    times: Sequence[str]
    order: Mapping[str, Any]


def _judge(session: Session, views: ViewsRead) -> _Judged:
    times = session.rows(query("definitions", "text_read_as_time", views=views.ids))
    return _Judged(
        session.rows(query("definitions", "unsteady_functions", views=views.ids)),
        tuple(row["type"] for row in times),
        session.one(query("definitions", "order_facts")),
    )


def _parsed(session: Session, written: str, tree: str, views: ViewsRead, readable: str, judged: _Judged) -> Parsed:
    trees = (tree, *views.trees)
    whole = [each for each in trees if _WHOLE_ROW.search(each) is not None]
    return Parsed(
        tree,
        views,
        readable,
        judged.unsteady,
        judged.times,
        judged.order,
        bool(whole),
        any(_NAMED_JOIN.search(each) is not None for each in whole),
        _written_out(session, trees, _types(session, "path"), "regclass"),
        _zoned(session, written, trees),
        _has_open_dates(session, written, tree),
    )


def _written_out(session: Session, trees: Sequence[str], types: AbstractSet[int], such_as: str) -> str | None:
    """Where the queries make text of values of `types`, or the reverse."""
    for tree in trees:
        if types.isdisjoint(map(int, _TYPES.findall(tree))):
            continue
        nodes = read_tree(tree)
        ids = functions_of_values(nodes, types)
        printing = {row["id"]: row["name"] for row in session.rows(query("definitions", "printing_functions", ids=ids))}
        if (found := written_out(nodes, types, printing, such_as)) is not None:
            return found
    return None


def _zoned(session: Session, written: str, trees: Sequence[str]) -> str | None:
    """Where the value of the queries depends on the session's time zone; the first is of `written`."""
    types = _types(session, "zone")
    called = [int(function) for tree in trees for function in _CALLED.findall(tree)]
    functions = {row["id"]: row["name"] for row in session.rows(query("definitions", "zoned_functions", ids=called))}
    if not functions and all(types.isdisjoint(map(int, _TYPES.findall(tree))) for tree in trees):
        return None
    nodes = [read_tree(tree) for tree in trees]
    found = next(filter(None, (zone_dependent(each, functions) for each in nodes)), None)
    found = found or _written_out(session, trees, types, "timestamptz")
    # The literals of views have been read, once and for all.
    if found is None and has_constants(nodes[0], types) and _changes_with_zone(session, written):
        return "a literal without an offset"
    return found


def _changes_with_zone(session: Session, written: str) -> bool:
    """Whether PostgreSQL reads other times in the literals of a definition where the session has another zone."""
    return _changes(session, written, "TimeZone", (_ODD_ZONE,))


def _has_open_dates(session: Session, written: str, tree: str) -> bool:
    """Whether a literal of a definition is another day where the session has another DateStyle, as `01/02/03` is."""
    types = _types(session, "datestyle")
    if types.isdisjoint(map(int, _TYPES.findall(tree))) or not has_constants(read_tree(tree), types):
        return False
    return _changes(session, written, "DateStyle", _ORDERS_OF_DATES)


def _changes(session: Session, written: str, setting: str, others: Sequence[str]) -> bool:
    """Whether PostgreSQL reads a definition otherwise where `setting` has one of the values `others`."""
    trees: list[str] = []
    for value in (MEANING[setting], *others):
        with session.transaction():
            session.set_local(**{setting: value})
            found = tree_of(session, written, trusted=False)
            session.set_local(**{setting: MEANING[setting]})
        if found is not None:
            trees.append(found)
    return any(not same_query(trees[0], other) for other in trees[1:])


def decided_by_setting(session: Session, trees: Sequence[str], setting: str) -> str | None:
    """Where the value of parsed queries depends on `setting` of the session, one of MEANING; None if nowhere."""
    if setting == "default_text_search_config":
        called = [int(function) for tree in trees for function in _CALLED.findall(tree)]
        found = session.row(query("definitions", "functions_of_default_configuration", ids=called))
        return None if found is None else found["name"]
    return _written_out(session, trees, _types(session, setting), _SUCH_AS[setting])


def _types(session: Session, of: str) -> set[int]:
    """Types whose text depends on the path, on the zone, or on a setting in _SUCH_AS."""
    return {row["id"] for row in session.rows(query("definitions", "types_written_by_session", of=of))}


def clock_literals(session: Session, written: str) -> list[str]:
    """The literals of `written`, a definition, that PostgreSQL reads as the clock, as they are written."""
    constants = literals(written)
    if not constants:
        return []
    texts = Listing(tuple(Statement("{text}::text", {"text": Raw(each.written(written))}) for each in constants))
    values = session.one(Statement("SELECT ARRAY[{texts}]::text[] AS found", {"texts": texts}))["found"]
    found: list[str] = []
    for constant, value in zip(constants, values, strict=True):
        without = constant.without_clock(written, value)
        if without is not None and not _is_accepted(session, without):
            found.append(constant.written(written))
    return found


def tree_of(session: Session, text: str, *, trusted: bool = True) -> str | None:
    """What PostgreSQL reads in `text`; None where it rejects it."""
    try:
        with resolved(session, verbatim(text), trusted=trusted):
            tree: str = session.one(query("definitions", "parsed"))["tree"]
            return tree
    except TRANSIENT:
        raise
    except (psycopg.Error, Intruder):
        return None


def _is_accepted(session: Session, text: str) -> bool:
    """Whether PostgreSQL finds no fault with the dates and times in `text`."""
    try:
        with resolved(session, verbatim(text)):
            return True
    except TRANSIENT:
        raise
    except (psycopg.Error, Intruder) as error:
        return not isinstance(error, pg.InvalidDatetimeFormat)
