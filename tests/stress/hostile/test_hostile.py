"""The harness itself: it sees each kind of harm, and sees none where there is none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator

import pytest

from tests.stress.hostile import themes
from tests.stress.hostile.arena import Arena
from tests.stress.hostile.outcome import COUNTS, Outcome, figures
from tests.stress.hostile.realm import APPLICATION, OWNER, open_realm
from tests.stress.hostile.scenario import SCENARIOS, Act, Runner, Scenario, broken


@pytest.fixture(scope="module")
def runner() -> Generator[Runner]:
    with open_realm(18) as realm:
        yield Runner(realm)


def nothing_happens(arena: Arena) -> None:
    """The application writes, and that is all."""
    arena.run("UPDATE people SET name = name || '!'")


def harm_is_done(arena: Arena) -> None:
    """Harm that needs no comparison, done by the harness."""
    arena.prepare("CREATE TABLE precious (id int); INSERT INTO precious VALUES (1), (1), (2)")
    arena.protect("precious")
    with arena.admin() as connection:
        connection.execute("DELETE FROM precious WHERE ctid = (SELECT min(ctid) FROM precious)")
        connection.execute("DROP MATERIALIZED VIEW order_ranks")
        connection.execute(f"SET ROLE {OWNER}".encode())
        connection.execute("SELECT loot.take('planted')")
    arena.run("SELECT 1 / 0")
    assert arena.attempt("SELECT 1 / 0", APPLICATION) is not None, "an attacker's failure is nobody's harm"


def rows_are_put_wrong(arena: Arena) -> None:
    """What no trigger sees."""
    arena.stop_writers()
    arena.settle()
    with arena.admin() as connection:
        connection.execute("DELETE FROM person_totals WHERE id <= 3")


def the_log_is_stuck(arena: Arena) -> None:
    """What stops every read model, as an index that refuses a long anchor did."""
    with arena.admin() as connection:
        connection.execute("ALTER TABLE denorm.pending ADD CHECK (false) NOT VALID")
    arena.run("UPDATE people SET name = name || '!'")
    arena.expect_others_follow("order_cards")
    with arena.admin() as connection:
        connection.execute("ALTER TABLE denorm.pending DROP CONSTRAINT pending_check")


def a_definition_is_refused(arena: Arena) -> None:
    """What `apply` refuses."""
    arena.adopt(arena.model("clocks", "SELECT id FROM orders WHERE clock_timestamp() > '2000-01-01'"))


def outcome_of(runner: Runner, act: Act) -> Outcome:
    return runner.run(Scenario("S0", act, (18,), OWNER))


def test_hostile_scenario_without_harm_counts_nothing(runner: Runner) -> None:
    outcome = outcome_of(runner, nothing_happens)
    assert (outcome.verdict, set(outcome.counts().values())) == ("held", {0}), outcome


def test_hostile_scenario_each_harm_is_counted(runner: Runner) -> None:
    outcome = outcome_of(runner, harm_is_done)
    assert outcome.verdict == "MISSED"
    assert [each.partition(",")[0] for each in outcome.privileges] == [f"planted ran as {OWNER}"]
    assert outcome.lost["table precious"] == 1
    assert outcome.lost["read model order_ranks"] == 400
    assert outcome.failed.total() == 1


def test_hostile_scenario_wrong_rows_count_green_checks(runner: Runner) -> None:
    outcome = outcome_of(runner, rows_are_put_wrong)
    assert outcome.wrong == {"person_totals": 3}
    assert sorted(outcome.green) == ["kept_fresh of person_totals", "objects", "queue"]


@pytest.mark.long
def test_hostile_scenario_stuck_log_counts_stopped_read_models(runner: Runner) -> None:
    outcome = outcome_of(runner, the_log_is_stuck)
    assert sorted(each.split()[0] for each in outcome.stopped) == ["order_ranks", "person_totals"], outcome
    assert outcome.counts()["read models stopped that had no part in the fault"] == 2


def test_hostile_scenario_refused_definition_is_no_harm(runner: Runner) -> None:
    outcome = outcome_of(runner, a_definition_is_refused)
    assert (outcome.verdict, set(outcome.counts().values())) == ("refused", {0}), outcome
    assert "clock_timestamp" in outcome.refused[0]


def test_hostile_figures_sum_only_scenarios_that_ran() -> None:
    harmed = Outcome("a", "S1", 18, lost=Counter({"table t": 3}), green=["kept_fresh", "kept_fresh"])
    skipped = Outcome("b", "S2", 15, skipped="no such server", lost=Counter({"table t": 5}))
    found = {figure.name: figure for figure in figures([harmed, skipped], 1.0)}
    assert (found["scenarios run"].value, found["scenarios skipped"].value) == (1, 1)
    assert (found["rows lost"].value, found["checks green while rows were wrong"].value) == (3, 1)
    assert {name for name in COUNTS if not found[name].met} == {"rows lost", "checks green while rows were wrong"}


def test_hostile_scenario_that_crashes_is_missed() -> None:
    themes.load()
    chosen = next(iter(SCENARIOS.values()))
    try:
        raise AssertionError("its set-up failed")
    except AssertionError as error:
        outcome = broken(chosen, 18, error)
    assert outcome.verdict == "MISSED"
    assert "its set-up failed" in outcome.crashed[0]
