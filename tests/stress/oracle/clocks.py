"""The clock in generated definitions, and moments to which it is moved."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.stress.oracle.choosing import Chooser
from tests.stress.oracle.maintained import Defined

_EPOCH = datetime(2024, 2, 26, tzinfo=UTC)
_COMPARED = re.compile(r"(?<=[<>=] )\d\b(?![.'])")
_READINGS = (
    "(CURRENT_DATE - DATE '2024-02-26')",
    "((now() AT TIME ZONE 'UTC')::date - DATE '2024-02-26')",
    "extract(day FROM LOCALTIMESTAMP - TIMESTAMP '2024-02-26')::int",
)
"""Whole days since the epoch, in some of the ways of reading the clock."""


def with_clock(c: Chooser, defined: Defined) -> Defined:
    """`defined` with the clock in place of a number that something is compared with; the same where there is none."""
    found = list(_COMPARED.finditer(defined.text))
    if not found:
        return defined
    place = c.pick(found)
    text = f"{defined.text[: place.start()]}{c.pick(_READINGS)}{defined.text[place.end() :]}"
    return replace(defined, text=text)


def moment(c: Chooser) -> datetime:
    """Any of a week, so that clocks are set forwards and back, over a leap day."""
    return _EPOCH + timedelta(days=c.count(0, 6), seconds=c.pick([0, 1, 43_200, 86_399]))
