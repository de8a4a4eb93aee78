"""The clock in generated definitions, and moments to which it is moved."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.stress.oracle.choosing import Chooser
from tests.stress.oracle.maintained import Defined

_EPOCH = datetime(2024, 2, 26, tzinfo=UTC)
_COMPARED = re.compile(r"(\S+ [<>=]+ )\d\b(?![.'])")
_READINGS = (
    "(CURRENT_DATE - DATE '2024-02-26')",
    "((now() AT TIME ZONE 'UTC')::date - DATE '2024-02-26')",
    "extract(day FROM LOCALTIMESTAMP - TIMESTAMP '2024-02-26')::int",
)
"""Whole days since the epoch, in some of the ways of reading the clock."""


def with_clock(c: Chooser, defined: Defined) -> Defined:
    """`defined` with the clock in place of a number that something is compared with; the same where there is none."""
    return replace(defined, text=clock_in(c, defined.text))


def clock_in(c: Chooser, text: str) -> str:
    """The same of the text of a definition or view."""
    found = list(_COMPARED.finditer(text))
    if not found:
        return text
    place = c.pick(found)
    # Everywhere: in GROUP BY, an expression has to be what it is in SELECT.
    reading = f"{place[1]}{c.pick(_READINGS)}"
    return _COMPARED.sub(lambda other: reading if other[0] == place[0] else other[0], text)


def moment(c: Chooser) -> datetime:
    """Any of a week, so that clocks are set forwards and back, over a leap day."""
    return _EPOCH + timedelta(days=c.count(0, 6), seconds=c.pick([0, 1, 43_200, 86_399]))
