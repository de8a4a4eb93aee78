"""Definitions that read views with the clock in them: right at the stored time, and kept by key as it moves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from tests.stress.oracle.maintained import Bench, Defined

_TABLES = (
    "CREATE TABLE a (id int PRIMARY KEY, j int, at timestamptz, day date)",
    "CREATE TABLE b (id int PRIMARY KEY, k int, due timestamp)",
    "CREATE INDEX ON a (at)",
    "INSERT INTO a SELECT n, n % 4, timestamptz '2024-02-26 00:00Z' + n * interval '5 hours', date '2024-02-26' + n % 7"
    " FROM generate_series(1, 40) AS n",
    "INSERT INTO b SELECT n, n % 9, timestamp '2024-02-27 12:00' + n * interval '3 hours'"
    " FROM generate_series(1, 40) AS n",
    "ANALYZE",
)
_CHANGES = (
    "UPDATE a SET at = at + interval '1 day' WHERE id % 3 = 0",
    "UPDATE b SET k = 3, due = '2024-03-01 00:00' WHERE id IN (2, 5)",
    "DELETE FROM a WHERE id = 8;"
    " INSERT INTO a VALUES (50, 2, '2024-02-28 00:00Z', '2024-02-29'), (51, NULL, NULL, NULL)",
    "DELETE FROM b WHERE k = 1",
)
_RECENT = "CREATE VIEW recent AS SELECT id, j FROM a WHERE at > now() - interval '2 days'"
_MOVES = (0, 30, 24, -48, 61, 0.01)
"""Hours."""


@dataclass(frozen=True)
class Read:
    """Views, and a definition that reads them; `whole`, whether moving the clock can alter any row."""

    views: tuple[str, ...]
    text: str
    key: tuple[str, ...] = ("id",)
    whole: bool = False


CASES = {
    "a view": Read((_RECENT,), "SELECT r.id, r.j FROM recent AS r"),
    "a view over a view": Read(
        (_RECENT, "CREATE VIEW more AS SELECT r.id, r.j, b.id AS b FROM recent AS r JOIN b ON b.k = r.j"),
        "SELECT m.id, count(m.b) AS n FROM more AS m GROUP BY m.id",
    ),
    "read twice": Read(
        (_RECENT,), "SELECT r.id, (SELECT count(*) FROM recent AS o WHERE o.j = r.j) AS n FROM recent AS r"
    ),
    "joined by USING": Read(
        (_RECENT, "CREATE VIEW late AS SELECT k AS j, count(*) AS n FROM b WHERE due < LOCALTIMESTAMP GROUP BY k"),
        "SELECT r.id, l.n FROM recent AS r LEFT JOIN late AS l USING (j)",
    ),
    "the clock in the definition too": Read(
        (_RECENT,), "SELECT r.id, a.day FROM recent AS r JOIN a ON a.id = r.id WHERE a.day >= CURRENT_DATE"
    ),
    "between": Read(
        ("CREATE VIEW now_on AS SELECT id, day FROM a WHERE CURRENT_DATE BETWEEN day - 1 AND day + 1",),
        "SELECT n.id, n.day FROM now_on AS n",
    ),
    "below EXCEPT": Read((_RECENT,), "SELECT id FROM a WHERE j > 0 EXCEPT SELECT id FROM recent"),
    "several grouping sets": Read(
        (_RECENT,), "SELECT j, id, count(*) AS n FROM recent GROUP BY j, ROLLUP (id)", ("j", "id")
    ),
    "odd names": Read(
        (
            'CREATE VIEW s2."Now ()" ("The Id", "now()") AS SELECT id, \'now()\' || j FROM a'
            " WHERE at <= CURRENT_TIMESTAMP(0)",
        ),
        'SELECT v."The Id" AS id, v."now()" AS n FROM s2."Now ()" AS v',
    ),
    "an output of a view": Read(
        ("CREATE VIEW aged AS SELECT id, CURRENT_DATE - day AS age FROM a",), "SELECT v.id, v.age FROM aged AS v"
    ),
    "a value of all rows": Read(
        ("CREATE VIEW today AS SELECT CURRENT_DATE AS day",), "SELECT a.id, t.day FROM a CROSS JOIN today AS t"
    ),
    "a limit inside": Read(
        ("CREATE VIEW last AS SELECT id, j FROM a WHERE at < now() ORDER BY at DESC, id LIMIT 3",),
        "SELECT l.id, l.j FROM last AS l",
        whole=True,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_drain_views_with_clock_equal_definition_at_stored_time(oracle: Bench, name: str) -> None:
    case = CASES[name]
    oracle.fresh(by_part=True)
    oracle.run(*_TABLES, *case.views)
    oracle.keep(Defined(case.text, case.key, ()))
    assert oracle.rows("SELECT clock IS NOT NULL FROM denorm.read_model") == [(True,)]
    moment = datetime(2024, 2, 28, 7, tzinfo=UTC)
    whole: set[bool] = set()
    for number, hours in enumerate(_MOVES):
        moment += timedelta(hours=hours)
        oracle.move_clock(moment)
        whole |= {row[0] for row in oracle.rows("SELECT everything FROM denorm.pending")}
        for change in _CHANGES[number : number + 1]:
            oracle.run(*change.split("; "))
        oracle.settle()
        oracle.judge(f"after move {number}")
    assert (True in whole) == (case.whole or name == "a value of all rows"), whole


def test_oracle_views_at_other_time_differ(oracle: Bench) -> None:
    oracle.run(*_TABLES, _RECENT)
    oracle.keep(Defined("SELECT r.id, r.j FROM recent AS r", ("id",), ()))
    oracle.move_clock(datetime(2024, 2, 28, 7, tzinfo=UTC))
    oracle.settle()
    oracle.judge()
    oracle.run("UPDATE denorm.read_model SET clock = clock + interval '2 days'")
    assert oracle.differences()
