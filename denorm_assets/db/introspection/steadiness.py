"""Definitions whose values something else than the sources decides: the clock, a session's settings, functions."""

from __future__ import annotations

from denorm_assets.db.introspection.definition_tree import (
    Parsed,
    clock_literals,
    decided_by_setting,
)
from denorm_assets.db.postgres.session import Session
from denorm_assets.db.postgres.session_settings import MEANING
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.sql.analysis.refusal import Refusal
from denorm_assets.sql.control import query
from denorm_assets.sql.parsed.session_zone import ZONE_REMEDY

_STORE = "ompute the value when the row is written, and read that column"
_IF_IMMUTABLE = "Declare it IMMUTABLE if only its arguments decide its value"
_ASK = "Leave it out, and ask for it when the read model is read"
_UNSTEADY = {
    "volatile": ("it is volatile: called again it may give another value", f"C{_STORE}"),
    "undeclared": ("it is volatile: called again it may give another value", f"{_IF_IMMUTABLE}, or c{_STORE}"),
    "stable": (
        "it is declared STABLE, so it may read tables or settings whose changes nobody sees",
        f"{_IF_IMMUTABLE}, or write what it reads into the definition",
    ),
    "clock": ("its value depends on the time", _ASK),
    "offset": (
        "a time without a day has the offset that its zone has today",
        "Add the time to a day: (day + time) AT TIME ZONE 'Europe/Berlin'",
    ),
    "session": ("its value depends on the session", _ASK),
    "catalog": ("its value depends on the time, or on PostgreSQL's catalogs or settings", _ASK),
}
_EVERY = ", or declare Full(every=...), which refreshes the view after so many seconds as well"
_READ_TEXT = "Read it by a pattern: to_date(x, 'YYYY-MM-DD') or to_timestamp(x || '+00', 'YYYY-MM-DD HH24:MI:SSTZH')"
_SETTING_REMEDIES = {
    "datestyle": "Select the value itself, or write its pattern: to_char(d, 'YYYY-MM-DD')",
    "intervalstyle": "Select the interval itself, or a number: extract(epoch FROM i)",
    "bytea_output": "Select the value itself, or write its form: encode(b, 'hex')",
    "extra_float_digits": "Select the value itself, or a numeric: x::numeric::text",
    "default_text_search_config": "Write the configuration: to_tsvector('english', body)",
}
_CLOCKS_THAT_RUN = ("clock_timestamp", "timeofday")
_WITH_TIME = ("stable", "clock", "offset", "catalog")
"""What refreshing in intervals follows."""
_SAMPLE = "{TABLESAMPLECLAUSE "


def require_steady(session: Session, described: DescribedModel, read: Parsed) -> None:
    """Refuse functions, casts and literals whose value can change while the rows that they are given do not.

    A view that time alone refreshes may depend on the time, but for literals: in a view they never change.
    """
    if any(_SAMPLE in tree for tree in read.trees):
        raise Refusal("TABLESAMPLE", "another sample is drawn each time", "Choose rows by a column")
    timed = described.model.every is not None
    for row in read.unsteady:
        if timed and row["kind"] in (*_WITH_TIME, "session"):
            continue
        why, remedy = _UNSTEADY[row["kind"]]
        if row["name"] in _CLOCKS_THAT_RUN:
            remedy = f"Write now(){_followed(described)}"
        elif row["kind"] == "clock" and described.model.is_view:
            remedy = "Declare Debounced(), which follows the clock"
        raise Refusal(row["name"], why, remedy + (_EVERY if row["kind"] in _WITH_TIME else ""))
    for type_name in read.times:
        if not timed:
            raise Refusal(
                f"text read as {type_name}",
                "where the text says now, today, tomorrow or yesterday, the value depends on the time",
                f"{_READ_TEXT}{_EVERY}",
            )
    if read.names is not None:
        raise Refusal(
            read.names,
            "the text of a regclass, a regtype and the like depends on the search path of whoever reads it",
            "Select the value itself, without ::text: it is stored as an OID, and shown by name to whoever reads it",
        )
    # First: what is the clock is another literal each time that it is parsed.
    for literal in clock_literals(session, described.model.definition.text):
        raise Refusal(
            literal,
            "PostgreSQL replaces it by the time at which it parses the definition",
            f"Write a fixed time, or now() or CURRENT_DATE{_followed(described)}",
        )
    if read.has_open_dates:
        raise Refusal(
            "a date in numbers alone",
            "which of them is the day depends on the session's DateStyle",
            "Write the year first, with four digits: '2003-02-01'",
        )
    if read.zoned is not None:
        _require_utc(session, read.zoned)
    _require_same_settings(session, read)


def _followed(described: DescribedModel) -> str:
    """What makes a read model follow now(), after the advice to write it."""
    if described.model.is_view and described.model.every is None:
        return ", and declare Full(every=...) or Debounced()"
    return ", which the read model follows as time passes"


def _require_utc(session: Session, clause: str) -> None:
    """Refuse what depends on the time zone, where the application's sessions may have another one than ours."""
    found = session.row(query("definitions", "zones_of_sessions"))
    if found is not None:
        raise Refusal(
            clause,
            f"its value depends on the session's time zone, which is {found['zone']} for {found['of']}, and UTC here",
            ZONE_REMEDY,
        )


def _require_same_settings(session: Session, read: Parsed) -> None:
    """Refuse what looks otherwise, or is otherwise, in the application's sessions than in ours."""
    for found in session.rows(query("definitions", "settings_of_sessions")):
        clause = decided_by_setting(session, read.trees, found["name"])
        if clause is not None:
            ours = next(value for name, value in MEANING.items() if name.lower() == found["name"])
            raise Refusal(
                clause,
                f"its value depends on {found['name']}, which is {found['value']} for {found['of']}, and {ours} here",
                _SETTING_REMEDIES[found["name"]],
            )
