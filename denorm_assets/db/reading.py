"""What PostgreSQL reads in a definition, and a syntax tree that means the same.

Expansions are made of the tree, which sqlglot makes and PostgreSQL judges: the tree is printed, PostgreSQL parses that,
and both parsed queries are compared. Where they differ, sqlglot reads what PostgreSQL prints of the definition instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import errors as pg
from sqlglot import exp

from denorm_assets.db.failures import TRANSIENT
from denorm_assets.db.resolution import Intruder, resolved
from denorm_assets.db.session import Session
from denorm_assets.model.described import DescribedModel
from denorm_assets.sql.clock_literals import literals
from denorm_assets.sql.control import query
from denorm_assets.sql.dialect import printed
from denorm_assets.sql.ordering import OrderDependent
from denorm_assets.sql.qualification import SourceColumns, joins_by_name, located, parsed, qualified, refuse_open_forms
from denorm_assets.sql.refusal import Refusal
from denorm_assets.sql.same_query import same_query
from denorm_assets.sql.statement import Listing, Raw, Statement


@dataclass(frozen=True)
class Parsed:
    """What PostgreSQL reads in a definition.

    Attributes:
        tree: the parsed query as PostgreSQL keeps it.
        readable: the query as PostgreSQL prints it, without parentheses that say nothing.
        unsteady: functions (`name`, `kind`) whose value can change while the rows that they are given do not.
        times: types with a date or a time in them that text is converted to.
        order_dependent: functions whose value may depend on the order of rows.
    """

    tree: str
    readable: str
    unsteady: Sequence[dict[str, Any]]
    times: Sequence[str]
    order_dependent: Sequence[OrderDependent]


def parse_definition(session: Session, definition: str) -> Parsed:
    """What PostgreSQL reads in `definition`, whose names carry their schemas. Leaves nothing behind."""
    with resolved(session, _statement(definition), trusted=True):
        found = session.one(query("definitions", "parsed"))
        return Parsed(
            found["tree"],
            found["readable"].rstrip(";"),
            session.rows(query("definitions", "unsteady_functions")),
            tuple(row["type"] for row in session.rows(query("definitions", "text_read_as_time"))),
            tuple(
                OrderDependent(row["name"], row["calls"], inexact=row["inexact"])
                for row in session.rows(query("definitions", "order_dependent"))
            ),
        )


def faithful_tree(session: Session, described: DescribedModel, read: Parsed, columns: SourceColumns) -> exp.Query:
    """The syntax tree of a definition with every column qualified, as people wrote it if possible.

    Names in it mean the same whatever the search path is, so that what is made of it stays the same. Raises Refusal
    where there is no tree in which PostgreSQL reads what it reads in the definition.
    """
    written = parsed(described.model.definition.text)
    refuse_open_forms(written)
    try:
        return _qualified(session, written, read.tree, columns, described.schema)
    except Refusal as refusal:
        fault = refusal
    try:
        return _qualified(session, parsed(read.readable), read.tree, columns, described.schema)
    except Refusal:
        raise fault from None


def _qualified(session: Session, plain: exp.Query, tree: str, columns: SourceColumns, schema: str) -> exp.Query:
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


def _tree(session: Session, text: str) -> str | None:
    """What PostgreSQL reads in `text`; None where it rejects it."""
    try:
        with resolved(session, _statement(text), trusted=True):
            tree: str = session.one(query("definitions", "parsed"))["tree"]
            return tree
    except TRANSIENT:
        raise
    except psycopg.Error:
        return None


def _is_accepted(session: Session, text: str) -> bool:
    """Whether PostgreSQL finds no fault with the dates and times in `text`."""
    try:
        with resolved(session, _statement(text)):
            return True
    except TRANSIENT:
        raise
    except (psycopg.Error, Intruder) as error:
        return not isinstance(error, pg.InvalidDatetimeFormat)


def _statement(text: str) -> Statement:
    return Statement("{text}", {"text": Raw(text)})
