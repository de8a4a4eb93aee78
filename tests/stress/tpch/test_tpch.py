"""A short run of `make tpch`, and that it would count what is wrong."""

from __future__ import annotations

from collections.abc import Generator

import psycopg
import pytest

from tests.conftest import Server
from tests.stress.tpch.data import prepare
from tests.stress.tpch.outcome import Outcome, Times, figures
from tests.stress.tpch.run import STREAMS, queries, run

_DATABASE = "tpch"


@pytest.fixture
def url(server: Server) -> Generator[str]:
    yield prepare(server, _DATABASE, 0.01)
    server.drop(_DATABASE)


def test_tpch_all_queries_are_there_with_known_tables() -> None:
    found = queries()
    assert [query.whole.name[:3] for query in found] == [f"q{number:02}" for number in range(1, 23)]
    assert {name for query in found for name in query.whole.large} == {"lineitem", "orders", "none"}
    assert all(len(query.steps) in (0, 2) for query in found)


def test_tpch_queries_are_kept_and_wrong_row_is_counted(url: str) -> None:
    def spoil(connection: psycopg.Connection[tuple[object, ...]]) -> None:
        connection.execute("UPDATE q13_final SET custdist = -1 WHERE c_count = (SELECT max(c_count) FROM q13_final)")

    found = run(url, queries(["q03", "q13"]), spoil)
    one, whole, two_steps = found.outcomes
    assert found.failed == []
    assert (one.wrong, whole.wrong) == (0, 0)
    assert two_steps.wrong > 0
    assert (one.by_key, whole.by_key, two_steps.by_key) == (True, False, True)
    assert whole.whole == ("orders",)
    assert one.times.keys() == set(STREAMS)
    assert one.times["rf1"].anchors
    assert whole.times["rf1"].anchors is None


def test_tpch_missed_goals_are_told() -> None:
    times = {"rf1": Times(1.0, 2.0)}
    outcomes = [Outcome(f"q{number}", times=times) for number in range(18)]
    outcomes += [Outcome("refused", refused="it cannot be kept right")]
    outcomes += [Outcome(f"w{number}", whole=("orders",)) for number in range(3)]
    assert missed(outcomes) == {
        "queries accepted",
        "queries with the large tables by key, each as one read model",
        "the same, where some are split in two read models",
    }
    outcomes += [Outcome("w0", in_two_steps=True)]
    assert missed(outcomes) == {
        "queries accepted",
        "queries with the large tables by key, each as one read model",
    }
    outcomes[0].wrong = 1
    assert "rows that differ from the queries" in missed(outcomes)


def missed(outcomes: list[Outcome]) -> set[str]:
    """Names of the goals that are missed."""
    return {figure.name for figure in figures(outcomes, []) if not figure.met}
