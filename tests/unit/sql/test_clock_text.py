"""Where the text of a definition reads the clock, and which of its constants PostgreSQL may read as the clock."""

from __future__ import annotations

import pytest

from denorm_assets.sql.analysis.clock.definition_text import at_time, names_clock
from denorm_assets.sql.analysis.clock.literals import literals


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now(), statement_timestamp(), transaction_timestamp()", "T, T, T"),
        ("CURRENT_TIMESTAMP, CURRENT_TIMESTAMP(3), x", "T::timestamptz, T::timestamptz(3), x"),
        ("current_date, LOCALTIMESTAMP(0), LOCALTIME", "T::date, T::timestamp(0), T::time"),
        ("CURRENT_TIME (2)", "T::timetz(2)"),
        ("age(a.x), 1", "age(T::date, a.x), 1"),
        (
            "age(least(a.x, a.y)), age(ARRAY[a.x, a.y][1])",
            "age(T::date, least(a.x, a.y)), age(T::date, ARRAY[a.x, a.y][1])",
        ),
        ("age(a.x, a.y), age(least(a.x, a.y), a.z)", None),
        ("a.now, now, app.now(), now(1), clock_timestamp()", None),
        ("""'now()', "now"(), "CURRENT_DATE", a.CURRENT_DATE""", None),
    ],
)
def test_text_at_time_has_that_in_place_of_the_clock(text: str, expected: str | None) -> None:
    assert at_time(f"SELECT {text} FROM a", "T") == (f"SELECT {expected} FROM a" if expected else None)


@pytest.mark.parametrize("text", ["NOW()", "Current_Date", "age(x)", '"now"()', "a.now()", "age(least(x, y))"])
def test_text_that_may_read_the_clock_names_it(text: str) -> None:
    assert names_clock(f"SELECT 1, {text} FROM a")


@pytest.mark.parametrize("text", ["now", "'now()'", "age(x, y)", "age", "'CURRENT_DATE'"])
def test_text_that_cannot_read_the_clock_names_none(text: str) -> None:
    assert not names_clock(f"SELECT {text} FROM a")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT 'a', date 'b' AS \"c\"", ["'a'", "'b'"]),
        ("SELECT 'a'\n'b', 'c'", ["'a'\n'b'", "'c'"]),
        ("SELECT N'a', E'b', $$c$$, $x$d$x$", ["N'a'", "E'b'", "$$c$$", "$x$d$x$"]),
        ("SELECT U&'a' uescape '!', 'b'", ["U&'a' uescape '!'", "'b'"]),
    ],
)
def test_literals_have_all_their_parts(text: str, expected: list[str]) -> None:
    assert [each.written(text) for each in literals(text)] == expected


def test_literal_without_clock_keeps_the_rest() -> None:
    text = "SELECT timestamptz 'Today 12:00', 'it''s known'"
    now, known = literals(text)
    assert now.without_clock(text, "Today 12:00") == "SELECT timestamptz  'qqq 12:00', 'it''s known'"
    assert known.without_clock(text, "it's known") is None
    assert known.without_clock(text, "it's now") == "SELECT timestamptz 'Today 12:00',  'it''s qqq'"
