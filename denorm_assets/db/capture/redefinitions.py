"""DDL that changes values while names and types of columns stay: noticed by what the catalog says of them."""

from __future__ import annotations

import re
import time
from contextlib import suppress

from psycopg import errors as pg
from psycopg.rows import DictRow

from denorm_assets.db.capture.new_members import capture_new_members, has_unknown_members
from denorm_assets.db.introspection.name_resolution import resolved
from denorm_assets.db.introspection.sources import Sources
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.parsed.same_query import same_query
from denorm_assets.sql.statement import verbatim

_CANNOT_BE_CAPTURED = (pg.UndefinedFunction, pg.UndefinedTable, pg.WrongObjectType)
"""The capture function was dropped, as people are told to where a foreign table became a partition; or a table went."""
_LOOK_SECONDS = 1.0
_CALLS = re.compile(r":(?:funcid|opfuncid|aggfnoid|winfnoid|opno) \d+|\{COERCEVIAIO ")
"""What a parsed query calls, in order."""
_SHARE_OF_TIME = 0.02
"""Of large catalogs, a look takes longer; it is then taken as much more rarely, but at least so often:"""
LONGEST_SECONDS_BETWEEN_LOOKS = 10.0


def doubt_redefined(session: Session) -> None:
    """Make all rows stale of each read model and cache whose values DDL changed, and have new partitions captured.

    Where somebody holds what has to be written down, the next look tries again. Where a partition cannot be captured,
    the check `kept_fresh` says so, and other read models go on.
    """
    new_members: list[DictRow] = []
    with suppress(pg.LockNotAvailable), session.transaction():
        session.execute(query("values", "doubt_redefined"))
        new_members = session.rows(query("sources", "new_members"))
    for row in new_members:
        with suppress(pg.LockNotAvailable, *_CANNOT_BE_CAPTURED), session.transaction():
            capture_new_members(session, TableName(row["table"], row["schema"]))


def knows_all_members(session: Session, model_id: int) -> bool:
    """Whether capture knows all partitions and children of the sources; it is told of new ones first, if possible."""
    if not has_unknown_members(session, model_id):
        return True
    doubt_redefined(session)
    return not has_unknown_members(session, model_id)


class RedefinitionWatch:
    """Does `doubt_redefined` now and then, for drivers that look several times a second."""

    def __init__(self) -> None:
        self._next = 0.0

    def look(self, session: Session) -> bool:
        """Look, unless the last look was just now; returns whether it was time."""
        began = time.monotonic()
        if began < self._next:
            return False
        doubt_redefined(session)
        ended = time.monotonic()
        rest = max(_LOOK_SECONDS, (ended - began) / _SHARE_OF_TIME)
        self._next = ended + min(rest, LONGEST_SECONDS_BETWEEN_LOOKS)
        return True


def note_calls(session: Session, described: DescribedModel, sources: Sources, model_id: int) -> None:
    """Write down what the definition uses beside its sources, such as functions and views, and what that is now."""
    with resolved(session, verbatim(described.definition), trusted=True):
        calls = [row["name"] for row in session.rows(query("values", "used_objects", views=sources.views.ids))]
    session.execute(query("values", "note_calls", model_id=model_id, calls=calls))
    # What they selected when `sources` were found: it may be something else already.
    views = sources.views.views
    noted = {
        "schemas": [view.schema for view in views],
        "names": [view.name for view in views],
        "named": [view in sources.named for view in views],
        "signatures": [view.signature for view in views.values()],
    }
    session.execute(query("views", "note", model_id=model_id, **noted))


def shows_something_else(session: Session, described: DescribedModel) -> bool:
    """Whether a materialized view selects something else than its definition says now.

    It goes on with the columns, functions and casts that it was made of, whatever is called so today.
    """
    row = session.row(query("values", "view_text", schema=described.schema, table=described.model.name))
    if row is None:
        return False
    with resolved(session, verbatim(described.definition), trusted=True) as printed:
        now: str = session.one(query("definitions", "parsed"))["tree"]
    # Made of a text that was printed, it is printed once more: later branches of a UNION get labels then. What it reads
    # may have been renamed: it goes on under the old name, as an alias.
    if row["text"].rstrip(";") not in (described.definition, printed):
        return row["columns"] != list(described.column_names) or not same_query(row["tree"], now)
    return _CALLS.findall(row["tree"]) != _CALLS.findall(now)
