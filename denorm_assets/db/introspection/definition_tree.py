"""What PostgreSQL reads in a definition, and a syntax tree that means the same.

Expansions are made of the tree, which sqlglot makes and PostgreSQL judges: the tree is printed, PostgreSQL parses that,
and both parsed queries are compared. Where they differ, sqlglot reads what PostgreSQL prints of the definition instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg import errors as pg
from sqlglot import exp

from denorm_assets.db.introspection.name_resolution import Intruder, resolved
from denorm_assets.db.postgres.errors import TRANSIENT
from denorm_assets.db.postgres.session import Session
from denorm_assets.db.postgres.session_settings import MEANING
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.sql.analysis.clock.definition_text import ANY_TIME, at_time
from denorm_assets.sql.analysis.clock.literals import literals
from denorm_assets.sql.analysis.qualification import (
    SourceColumns,
    joins_by_name,
    located,
    parsed,
    qualified,
    refuse_open_forms,
)
from denorm_assets.sql.analysis.refusal import Refusal
from denorm_assets.sql.control import query
from denorm_assets.sql.dialect import printed
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
        tree: the parsed query as PostgreSQL keeps it.
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
    readable: str
    unsteady: Sequence[dict[str, Any]]
    times: Sequence[str]
    order: Mapping[str, Any]
    reads_whole_rows: bool
    reads_whole_joins: bool
    names: str | None
    zoned: str | None
    has_open_dates: bool


def parse_definition(session: Session, described: DescribedModel) -> Parsed:
    """What PostgreSQL reads in the definition as it is executed. Leaves nothing behind."""
    written = described.model.definition.text
    with resolved(session, verbatim(described.definition), trusted=True):
        found = session.one(query("definitions", "parsed"))
        tree: str = found["tree"]
        judged = session.once(("judged", tree), lambda: _judge(session))
    readable: str = found["readable"].rstrip(";")
    read = session.once(("parsed", tree, written), lambda: _parsed(session, written, tree, readable, judged))
    return read if described.at_clock is None else _at_any_time(session, described, read)


def _at_any_time(session: Session, described: DescribedModel, read: Parsed) -> Parsed:
    """`read`, in which the clock is no function any more: what is executed has the stored time there."""
    text = at_time(described.definition, ANY_TIME)
    assert text is not None
    with resolved(session, verbatim(text), trusted=True):
        tree: str = session.one(query("definitions", "parsed"))["tree"]
        unsteady = session.rows(query("definitions", "unsteady_functions"))
    return replace(read, unsteady=unsteady, zoned=read.zoned or _zoned(session, described.definition, tree))


@dataclass(frozen=True)
class _Judged:
    """What the functions and types in a parsed query are to us; see `Parsed`."""

    unsteady: Sequence[dict[str, Any]]
    times: Sequence[str]
    order: Mapping[str, Any]


def _judge(session: Session) -> _Judged:
    times = session.rows(query("definitions", "text_read_as_time"))
    return _Judged(
        session.rows(query("definitions", "unsteady_functions")),
        tuple(row["type"] for row in times),
        session.one(query("definitions", "order_facts")),
    )


def _parsed(session: Session, written: str, tree: str, readable: str, judged: _Judged) -> Parsed:
    whole = _WHOLE_ROW.search(tree) is not None
    return Parsed(
        tree,
        readable,
        judged.unsteady,
        judged.times,
        judged.order,
        whole,
        whole and _NAMED_JOIN.search(tree) is not None,
        _written_out(session, tree, _types(session, "path"), "regclass"),
        _zoned(session, written, tree),
        _has_open_dates(session, written, tree),
    )


def _written_out(session: Session, tree: str, types: AbstractSet[int], such_as: str) -> str | None:
    """Where the query makes text of values of `types`, or the reverse."""
    if types.isdisjoint(map(int, _TYPES.findall(tree))):
        return None
    nodes = read_tree(tree)
    printing = session.rows(query("definitions", "printing_functions", ids=functions_of_values(nodes, types)))
    return written_out(nodes, types, {row["id"]: row["name"] for row in printing}, such_as)


def _zoned(session: Session, written: str, tree: str) -> str | None:
    """Where the value of the query depends on the session's time zone."""
    types = _types(session, "zone")
    called = [int(function) for function in _CALLED.findall(tree)]
    functions = {row["id"]: row["name"] for row in session.rows(query("definitions", "zoned_functions", ids=called))}
    if not functions and types.isdisjoint(map(int, _TYPES.findall(tree))):
        return None
    nodes = read_tree(tree)
    found = zone_dependent(nodes, functions) or _written_out(session, tree, types, "timestamptz")
    if found is None and has_constants(nodes, types) and _changes_with_zone(session, written):
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
            found = _tree(session, written, trusted=False)
            session.set_local(**{setting: MEANING[setting]})
        if found is not None:
            trees.append(found)
    return any(not same_query(trees[0], other) for other in trees[1:])


def decided_by_setting(session: Session, tree: str, setting: str) -> str | None:
    """Where the value of a parsed query depends on `setting` of the session, one of MEANING; None if nowhere."""
    if setting == "default_text_search_config":
        called = [int(function) for function in _CALLED.findall(tree)]
        found = session.row(query("definitions", "functions_of_default_configuration", ids=called))
        return None if found is None else found["name"]
    return _written_out(session, tree, _types(session, setting), _SUCH_AS[setting])


def _types(session: Session, of: str) -> set[int]:
    """Types whose text depends on the path, on the zone, or on a setting in _SUCH_AS."""
    return {row["id"] for row in session.rows(query("definitions", "types_written_by_session", of=of))}


def faithful_tree(session: Session, described: DescribedModel, read: Parsed, columns: SourceColumns) -> exp.Query:
    """The syntax tree of a definition with every column qualified, as people wrote it if possible.

    Names in it mean the same whatever the search path is, so that what is made of it stays the same. Raises Refusal
    where there is no tree in which PostgreSQL reads what it reads in the definition.
    """
    types = tuple((table, tuple(found.items())) for table, found in columns.items())
    key = ("tree", read.tree, described.model.definition.text, types)
    return session.once(key, lambda: _faithful_tree(session, described, read, columns)).copy()


def _faithful_tree(session: Session, described: DescribedModel, read: Parsed, columns: SourceColumns) -> exp.Query:
    try:
        return _qualified(session, parsed(described.model.definition.text), read.tree, columns, described.schema)
    except Refusal as refusal:
        fault = refusal
    try:
        return _qualified(session, parsed(read.readable), read.tree, columns, described.schema)
    except Refusal:
        raise fault from None


def _qualified(session: Session, plain: exp.Query, tree: str, columns: SourceColumns, schema: str) -> exp.Query:
    refuse_open_forms(plain)
    if not _means(session, located(plain, schema), tree):
        raise Refusal(
            "the definition",
            "it holds SQL that sqlglot, by which denorm-assets reads it, understands otherwise than PostgreSQL",
            "Write unusual syntax in another way, or put it into an IMMUTABLE function",
        )
    found = qualified(plain, columns, schema)
    # USING becomes ON, which PostgreSQL keeps in another form.
    if not (joins_by_name(plain) or _means(session, found, tree)):
        raise Refusal("the definition", "its columns cannot be resolved", "Write the table's alias before each column")
    return found


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


def _means(session: Session, query: exp.Query, tree: str) -> bool:
    read = _tree(session, printed(query))
    return read is not None and same_query(read, tree)


def _tree(session: Session, text: str, *, trusted: bool = True) -> str | None:
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
