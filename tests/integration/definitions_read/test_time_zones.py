"""Values that depend on the session's time zone are refused where the application's sessions may have another one."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from denorm_assets.errors import DefinitionError
from denorm_assets.model.refresh import Debounced, Full, Refresh
from tests.conftest import Server
from tests.integration.definitions_read.test_steadiness import judge, of_a
from tests.stress.oracle.maintained import Bench, prepared_bench

_SETUP = (
    "CREATE TYPE s.span AS (since timestamptz, note text)",
    "CREATE TABLE a (id int PRIMARY KEY, j int, name text, at timestamptz, until timestamptz, d date, local timestamp,"
    " t time, iv interval, doc jsonb, r tstzrange, ats timestamptz[], sp s.span)",
    "CREATE TABLE b (id int PRIMARY KEY, k int, at timestamptz)",
)
_DATABASE = "time_zones"


@pytest.fixture(scope="module")
def elsewhere(server: Server) -> Generator[Bench]:
    """A bench in a database whose sessions begin in New York."""
    with prepared_bench(
        server, _DATABASE, *_SETUP, f"ALTER DATABASE {_DATABASE} SET timezone = 'America/New_York'"
    ) as made:
        yield made


DEPENDENT = {
    "a day": "a.at::date",
    "a day of a function": "date(a.at)",
    "local": "a.at::timestamp",
    "an hour": "a.at::time",
    "an hour with an offset": "a.at::timetz",
    "truncated": "date_trunc('day', a.at)",
    "shown": "to_char(a.at, 'YYYY-MM-DD')",
    "a part": "extract(hour FROM a.at)",
    "a part by name": "date_part('day', a.at)",
    "text": "a.at::text",
    "a column of text": "concat(a.at)",
    "format": "format('%s', a.at)",
    "JSON": "to_jsonb(a.at)",
    "JSON objects": "jsonb_build_object('at', a.at)",
    "JSON of a row": "to_jsonb(ROW(a.id, a.at))",
    "SQL's JSON": "JSON_OBJECT('at': a.at)",
    "a list": "(SELECT jsonb_agg(b.at ORDER BY b.id) FROM b WHERE b.k = a.j)",
    "an array as text": "array_to_string(a.ats, ',')",
    "a range as text": "a.r::text",
    "a composite value as text": "a.sp::text",
    "a day as a time": "a.d::timestamptz",
    "a local time as a time": "a.local::timestamptz",
    "compared with a day": "a.at >= a.d",
    "compared with a local time": "a.local < a.at",
    "the next day": "a.at + interval '1 day'",
    "the last month": "a.at - interval '1 month'",
    "an interval of a column": "a.at + a.iv",
    "a day added": "date_add(a.at, interval '1 day')",
    "made": "make_timestamptz(2024, 3, 10, 1, 0, 0)",
    "an age": "age(a.at, a.until)",
    "a pattern": "to_timestamp(a.name, 'YYYY-MM-DD')",
    "a local zone": "timezone(a.at)",
    "a literal": "a.at > '2024-03-10'",
    "a typed literal": "a.at > timestamptz '2024-03-10 12:00'",
    "a literal in a range": "a.r && '[2024-03-10,2024-03-11)'",
    "JSON's dates": "jsonb_path_exists_tz(a.doc, '$.at.datetime()')",
    "a frame": "count(*) OVER (PARTITION BY a.id ORDER BY a.at RANGE '1 day' PRECEDING)",
}
FIXED = {
    "a day with its zone": "(a.at AT TIME ZONE 'Europe/Berlin')::date",
    "truncated in a zone": "date_trunc('day', a.at, 'Europe/Berlin')",
    "truncated with its zone": "date_trunc('day', a.at AT TIME ZONE 'Europe/Berlin')",
    "shown with its zone": "to_char(a.at AT TIME ZONE 'Europe/Berlin', 'YYYY-MM-DD')",
    "the epoch": "extract(epoch FROM a.at) + date_part('epoch', a.until)",
    "itself": "a.at",
    "later": "greatest(a.at, a.until) > a.at",
    "a distance": "a.at - a.until",
    "hours": "a.at + interval '36 hours' - interval '20 s'",
    "the next day with its zone": "(a.at AT TIME ZONE 'Asia/Tokyo' + interval '1 day') AT TIME ZONE 'Asia/Tokyo'",
    "the next day in a zone": "date_add(a.at, interval '1 day', 'Europe/Berlin')",
    "JSON with its zone": "jsonb_build_object('at', a.at AT TIME ZONE 'UTC', 'd', a.d, 't', a.t)",
    "text with its zone": "(a.at AT TIME ZONE 'UTC')::text || a.d::text || a.local::text",
    "a literal with its offset": "a.at > '2024-03-10 00:00Z' AND a.at < timestamptz '2024-03-11 00:00:00+01'",
    "a day": "a.d + 1 > '2024-03-10'",
    "a local time": "a.local + interval '1 day' >= a.d",
    "made in a zone": "make_timestamptz(2024, 3, 10, 1, 0, 0, 'UTC')",
    "a pattern with its offset": "to_timestamp(a.name || '+00', 'YYYY-MM-DDTZH')",
    "a pattern of a day": "to_date(a.name, 'YYYY-MM-DD')",
    "seconds": "to_timestamp(a.j)",
    "infinity": "a.at < 'infinity' AND isfinite(a.at)",
    "a range": "a.r @> a.at AND NOT isempty(a.r)",
    "a list": "(SELECT array_agg(b.at ORDER BY b.id) FROM b WHERE b.k = a.j)",
    "a count": "(SELECT count(b.at) FROM b WHERE b.k = a.j AND b.at IS NOT NULL)",
    "the greatest": "(SELECT max(b.at) FROM b WHERE b.k = a.j)",
}
KINDS = pytest.mark.parametrize("refresh", [Debounced(), Full(), Full(every=60)], ids=["key", "whole", "time"])


@KINDS
@pytest.mark.parametrize("name", DEPENDENT)
def test_definition_value_decided_by_time_zone_is_refused(elsewhere: Bench, name: str, refresh: Refresh) -> None:
    with pytest.raises(DefinitionError, match=r"time zone, which is America/New_York for the database.*AT TIME ZONE"):
        judge(elsewhere, of_a(DEPENDENT[name]), refresh)


@pytest.mark.parametrize("name", FIXED)
def test_definition_value_independent_of_time_zone_is_accepted(elsewhere: Bench, name: str) -> None:
    judge(elsewhere, of_a(FIXED[name]), Full())
