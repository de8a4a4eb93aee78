"""D18, D20, D24: rows put wrong behind everybody's back, and the way that the checks name."""

from __future__ import annotations

import re

import dagster as dg

from tests.stress.days.clicks import launch_job, materialize_all, read_check
from tests.stress.days.day import Day
from tests.stress.days.instance import PATIENCE
from tests.stress.days.scenario import scenario
from tests.support.dagster_tree import wait_for

_ASSET = "topics/entry_topics"
_PUT_WRONG = "UPDATE entry_topics SET published_at = published_at + '1 s'"
_PASTED = r"launch the job (\w+) and paste partitions to materialize, from the details below, as (\w+)"
_RETRY_SECONDS = 60.0
"""Dagster launches a failed run again within seconds."""


@scenario("D20")
def a_failing_blocking_check_is_one_run(day: Day) -> None:
    """A blocking check that finds a row wrong fails its run, which nobody launches again."""
    began = day.now()
    # In two ranges.
    day.unseen(f"{_PUT_WRONG} WHERE entry_id <= 9 OR entry_id BETWEEN 5000 AND 5009")
    run = day.ended(day.launch_checks(_ASSET, "matches_definition"))
    assert not day.passed(_ASSET, "matches_definition")
    day.sleep(_RETRY_SECONDS)
    of_it = [each for each in day.runs_since(began) if run.run_id in (each.run_id, each.root_run_id)]
    day.measured("runs of a blocking check that failed", len(of_it), at_most=1)

    repair = "launch the job topics_reconcile with mode: repair"
    said = read_check(day.page, _ASSET, "matches_definition", repair)
    day.screenshot("blocking_check_failed")
    named = re.search(
        r"launch the job (\w+) and paste partitions to materialize, from the details below, as (\w+)", said
    )
    listed = re.search(r"partitions to materialize\s+(entries:\S+(?:, entries:\S+)+)", said)
    assert named, said
    assert listed, said
    # As the text says: copied from there, and pasted into the launchpad.
    launch_job(day.page, named[1], **{named[2]: listed[1]})
    day.wait_until_right()
    wait_for(lambda: day.passed(_ASSET, "matches_definition"), PATIENCE, "what was repaired is shown as passed")
    day.measure_wrong_rows("the partitions that the check lists were pasted and loaded")


@scenario("D18")
def rows_proven_wrong_turn_the_flag_off(day: Day) -> None:
    """All rows are put wrong at 100 %: the nightly job stops at its cap, and its check turns the flag off."""
    day.shell("flag", "topics", "--percentage", "100")
    day.unseen(_PUT_WRONG)
    # The schedule of 03:00 launches it just so.
    day.ended(day.api.launch_run("topics_reconcile", config={"ops": {"reconcile": {"config": {}}}}))
    assert not day.passed(_ASSET, "reconciled")
    day.measured("per cent of users who read rows that were proven wrong", day.flag(), "%", at_most=0)
    said = read_check(day.page, _ASSET, "reconciled", "The flag topics_read_models was turned off")
    day.screenshot("reconciled_failed")

    # As the text says.
    named = re.search(r"launch the job `?(\w+)`? with `?mode: (\w+)`?.*?raise `?(\w+)`? and `?(\w+)`?", said)
    assert named, said
    job, mode, rows, share = named.groups()
    launch_job(day.page, job, mode=mode, **{rows: "1000000", share: "1.0"})
    day.wait_until_right()
    wait_for(lambda: day.passed(_ASSET, "reconciled"), PATIENCE, "the check passes after the repair that it names")
    asset_checks = ("matches_definition", "no_orphans", "backfill_complete", "kept_fresh", "reconciled")
    assert day.check(_ASSET, *asset_checks)
    day.measure_wrong_rows("the repair that the check names")
    assert day.flag() == 0, "it stays off until a person gives a percentage"


@scenario("D18")
def materializing_everything_keeps_the_canary(day: Day) -> None:
    """*Materialize all* in the UI while the flag is at 10 % leaves it there."""
    day.shell("flag", "topics", "--percentage", "10")
    began = day.now()
    materialize_all(day.page, "topics")

    def cut_over() -> bool:
        [record] = day.instance.fetch_materializations(dg.AssetKey(["topics", "cutover"]), limit=1).records
        return record.timestamp > began.timestamp()

    wait_for(cut_over, 2 * PATIENCE, "the cutover was materialized, last of all", interval=1)
    day.measured(
        "per cent of users after Materialize all with a canary of 10 %", day.flag(), "%", at_most=10, at_least=10
    )
    day.screenshot("materialized_all")
