"""A short run of `make reach`, and that it would count what is wrong."""

from __future__ import annotations

from collections.abc import Generator

import psycopg
import pytest

from tests.conftest import Server
from tests.stress.reach.corpus import Application, applications
from tests.stress.reach.outcome import Outcome, figures
from tests.stress.reach.run import prepare, run
from tests.support.stored_clock import at_clock

_DEFINITIONS = ("status_stats", "trending_tags")


@pytest.fixture
def mastodon() -> Application:
    [found] = applications("mastodon")
    return found


@pytest.fixture
def template(server: Server, mastodon: Application) -> Generator[str]:
    name = prepare(server, mastodon)
    yield name
    server.drop(name)


def test_reach_definitions_are_kept_by_key_and_equal(server: Server, mastodon: Application, template: str) -> None:
    outcomes = [
        run(server, template, mastodon, defined) for defined in mastodon.definitions if defined.name in _DEFINITIONS
    ]
    assert [outcome.name for outcome in outcomes] == [*_DEFINITIONS]
    assert all(outcome.by_key for outcome in outcomes), outcomes
    assert all(figure.met for figure in figures(outcomes, 100, 100)), outcomes


def test_reach_wrong_row_is_counted(server: Server, mastodon: Application, template: str) -> None:
    def spoil(connection: psycopg.Connection[tuple[object, ...]]) -> None:
        connection.execute(
            "UPDATE trending_tags SET uses = uses + 1 WHERE tag_id = (SELECT max(tag_id) FROM trending_tags)"
        )

    [defined] = [each for each in mastodon.definitions if each.name == "trending_tags"]
    outcome = run(server, template, mastodon, defined, spoil)
    assert outcome.wrong > 0
    assert "definitions with wrong rows" in missed([outcome])


def test_reach_refused_and_whole_definitions_count_against_goals() -> None:
    outcomes = [
        Outcome("shop", "taken", classes={"orders": "by key"}),
        Outcome("shop", "recomputed", classes={"orders": "a window over everything"}, whole=("orders",)),
        Outcome("shop", "refused", refused="it cannot be kept", reason="unknown"),
        Outcome("shop", "guess", undeterministic=True),
    ]
    assert missed(outcomes) == {"accepted", "by key", "undeterministic ones refused"}


def test_at_clock_strings_and_comments_are_left_alone() -> None:
    text = "SELECT 'now()', now ( ) - x, CURRENT_DATE, known -- now()\n"
    assert at_clock(text, "2026-01-01Z") == (
        "SELECT 'now()', (timestamptz '2026-01-01Z') - x, (timestamptz '2026-01-01Z')::date, known -- now()\n"
    )


def missed(outcomes: list[Outcome]) -> set[str]:
    """Names of the goals that are missed."""
    return {figure.name for figure in figures(outcomes, 100, 85) if not figure.met}
