"""Random values by type, each as the text that PostgreSQL reads. Few different ones, so that rows meet in joins."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from denorm_assets.testing.changes.catalog import TypeOf

Texts = SearchStrategy[str]
_LETTERS = st.text("abAB ,'é%", max_size=6)
_LONGEST = 3
"""Elements of a random array."""


def texts_of(types: Mapping[int, TypeOf], type_id: int, modifier: int, today: date) -> Texts | None:
    """Values of a type; None where nothing is known of it, as of types of extensions.

    Dates and times are around `today`.
    """
    found = types[type_id]

    def part(position: int, of_modifier: int = -1) -> Texts | None:
        return texts_of(types, found.parts[position], of_modifier, today)

    match found.kind:
        case "e":
            known = st.sampled_from(found.labels) if found.labels else None
        case "d":
            known = part(0, found.modifier)
        case "a":
            known = _mapped(part(0, modifier), lambda element: _array(element, found.delimiter))
        case "r":
            known = _mapped(_scalar(types[found.parts[0]], -1, today), _range)
        case "m":
            known = _mapped(part(0), _multirange)
        case "c":
            known = _row([part(position) for position in range(len(found.parts))])
        case _:
            known = _mapped(_scalar(found, modifier, today), lambda scalar: scalar.map(str))
    return known


def _mapped(values: SearchStrategy[Any] | None, to: Callable[[SearchStrategy[Any]], Texts]) -> Texts | None:
    """What `to` makes of `values`, where these are known."""
    return None if values is None else to(values)


def _scalar(found: TypeOf, modifier: int, today: date) -> SearchStrategy[Any] | None:
    """Values of a base type: `str` of each is its text, and they can be sorted."""
    # PostgreSQL adds the four bytes of a header to a length.
    length = modifier - 4 if modifier >= 4 else None
    if found.category == "S":
        return _LETTERS if length is None else _LETTERS.map(lambda text: text[:length])
    if not found.built_in or found.kind != "b":
        return None
    if found.name == "numeric":
        # Precision and scale, which can be negative since PostgreSQL 15.
        scale = ((length & 0x7FF) ^ 1024) - 1024 if length is not None else 2
        return _whole().map(lambda number: Decimal(number).scaleb(-max(scale, 0)))
    if found.name in ("bit", "varbit"):
        bits = modifier if modifier > 0 else 4
        return st.integers(0, 2**bits - 1).map(lambda number: f"{number:0{bits}b}")
    if found.name in _TIMES:
        return _TIMES[found.name](today)
    return _BASE.get(found.name)


def _whole() -> SearchStrategy[int]:
    return st.one_of(st.integers(0, 9), st.integers(-100, 1_000))


def _days(today: date) -> SearchStrategy[date]:
    return st.one_of(st.integers(-3, 3), st.integers(-400, 40)).map(lambda days: today + timedelta(days=days))


def _moments(today: date) -> SearchStrategy[datetime]:
    hours = st.sampled_from((0, 1, 12, 23)).map(lambda hour: time(hour, tzinfo=UTC))
    return st.builds(datetime.combine, _days(today), hours)


_TIMES: Mapping[str, Callable[[date], SearchStrategy[Any]]] = {
    "date": _days,
    "timestamp": _moments,
    "timestamptz": _moments,
}
_CLOCKS = st.builds(time, st.integers(0, 23), st.sampled_from((0, 30)))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.sampled_from(("a", "b", "")),
    lambda inner: st.lists(inner, max_size=_LONGEST) | st.dictionaries(st.sampled_from(("a", "b")), inner, max_size=2),
    max_leaves=4,
).map(json.dumps)
_BASE: Mapping[str, SearchStrategy[Any]] = {
    "bool": st.booleans(),
    "int2": _whole(),
    "int4": _whole(),
    "int8": _whole(),
    # Halves, whose sums are exact.
    "float4": _whole().map(lambda number: number / 2),
    "float8": _whole().map(lambda number: number / 2),
    "money": _whole(),
    "oid": st.integers(0, 99),
    "char": st.sampled_from(("a", "b")),
    "uuid": st.integers(0, 15).map(lambda number: UUID(int=number)),
    "bytea": st.binary(max_size=_LONGEST).map(lambda each: f"\\x{each.hex()}"),
    "time": _CLOCKS,
    "timetz": _CLOCKS.map(lambda each: f"{each}+00"),
    "interval": st.integers(-100, 1_000).map(lambda minutes: f"{minutes} minutes"),
    "json": _JSON,
    "jsonb": _JSON,
    "inet": st.sampled_from(("10.0.0.1", "10.0.0.2", "::1")),
    "cidr": st.sampled_from(("10.0.0.0/8", "10.1.0.0/16", "::/64")),
    "macaddr": st.sampled_from(("08:00:2b:01:02:03", "08:00:2b:01:02:04")),
    "tsvector": st.lists(st.sampled_from(("'a'", "'b'")), max_size=2).map(" ".join),
    "point": st.tuples(st.integers(0, 3), st.integers(0, 3)),
}


def _array(element: Texts, delimiter: str) -> Texts:
    elements = st.lists(st.one_of(element.map(_quoted), st.just("NULL")), max_size=_LONGEST)
    return elements.map(lambda each: f"{{{delimiter.join(each)}}}")


def _range(bounds: SearchStrategy[Any]) -> Texts:
    both = st.tuples(bounds, bounds).map(sorted)
    closed = both.map(lambda pair: f"[{_quoted(str(pair[0]))},{_quoted(str(pair[1]))}]")
    return st.one_of(closed, bounds.map(lambda bound: f"[{_quoted(str(bound))},)"), st.just("empty"))


def _multirange(single: Texts) -> Texts:
    return st.lists(single, max_size=2).map(lambda each: f"{{{','.join(each)}}}")


def _row(parts: Sequence[Texts | None]) -> Texts:
    known = [st.just("") if part is None else st.one_of(part.map(_quoted), st.just("")) for part in parts]
    return st.tuples(*known).map(lambda each: f"({','.join(each)})")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
