"""D23: a graph that nobody has materialized yet."""

from __future__ import annotations

from dataclasses import replace

import dagster as dg
from playwright.sync_api import expect

from tests.stress.days.clicks import materialize_all, materialize_new_partition
from tests.stress.days.day import Day
from tests.stress.days.house import edit, read_models
from tests.stress.days.instance import PATIENCE
from tests.stress.days.scenario import scenario
from tests.support.dagster_tree import wait_for

_NEW = "library"


@scenario("D23")
def one_click_leads_from_nothing_to_green(day: Day) -> None:
    """A new system is deployed on tables that are there: *Materialize all*, once, and every check passes."""
    day.shell("flag", "archive", "--percentage", "0")
    day.shell("uninstall", "archive", "--yes")
    edit(day.folder.root / "archive" / "declaration.py", ('name="archive"', f'name="{_NEW}"'))
    day.reload()
    day.worker().kill()
    wait_for(lambda: bool(day.instance.get_dynamic_partitions(f"{_NEW}_entries")), PATIENCE, "a partition is offered")
    day.page.goto(f"/assets/{_NEW}/entry_topics?view=overview")
    expect(day.page.get_by_text("Column name")).to_be_visible()
    day.screenshot("before_the_first_load")
    materialize_all(day.page, _NEW)
    day.screenshot("one_click")

    wait_for(lambda: _is_green(day), 3 * PATIENCE, "every asset of it is materialized", interval=2)
    day.page.goto(f"/locations/denorm_assets/asset-groups/{_NEW}/lineage")
    day.ended(day.api.launch_run(f"{_NEW}_checks"))
    checks = [key for key in day.checks() if key.asset_key.path[0] == _NEW]
    failed = [key for key in checks if not day.passed("/".join(key.asset_key.path), key.name)]
    assert len(checks) > 8
    for key in failed:
        print(f"     {key.to_user_string()}: {day.said('/'.join(key.asset_key.path), key.name)}", flush=True)
    day.measured("checks that fail after one click on a new graph", len(failed), at_most=0)
    product = replace(day.product, schema="archive")
    wrong = sum(len(product.difference(model)) for model in read_models(day.folder.root, "archive").values())
    day.measured("rows wrong after one click on a new graph", wrong, at_most=0)
    day.page.reload()
    day.page.wait_for_timeout(5_000)
    day.screenshot("green_after_one_click")


@scenario("D23")
def a_stray_partition_fails_no_other(day: Day) -> None:
    """Somebody adds a partition in the dialog: loaded alone its run names the way out, with others it is left out."""
    before = day.loaded("topics/entry_topics")
    began = day.now()
    materialize_new_partition(day.page, "topics/entry_topics", "typed-by-hand")
    wait_for(lambda: any(run.is_finished for run in day.runs_since(began)), PATIENCE, "the stray partition's run ended")
    [alone] = day.runs_since(began)
    assert not alone.is_success
    day.page.goto(f"/runs/{alone.run_id}")
    day.page.wait_for_timeout(3_000)
    day.screenshot("stray_partition")
    said = day.failure(alone.run_id)
    print(f"     {said}", flush=True)
    assert "typed-by-hand" in said
    assert "delete that partition" in said, "it names the way out in Dagster's words"
    if "typed-by-hand" not in day.instance.get_dynamic_partitions("topics_entries"):
        day.instance.add_dynamic_partitions("topics_entries", ["typed-by-hand"])
    run = day.ended(day.api.launch_range(["topics", "entry_topics"], min(before), "typed-by-hand"))
    day.measured("runs that a stray partition failed beside others", int(not run.is_success), at_most=0)
    gone = "the sensor takes it away"
    wait_for(lambda: "typed-by-hand" not in day.instance.get_dynamic_partitions("topics_entries"), PATIENCE, gone)
    assert day.loaded("topics/entry_topics") >= before
    day.measured("partitions that a stray one turned red", day.red("topics/entry_topics"), at_most=0)


def _is_green(day: Day) -> bool:
    keys = [key for key in day.assets() if key.path[0] == _NEW and key.path[1] != "monitoring"]
    cutover = dg.AssetKey([_NEW, "cutover"])
    return cutover in keys and all(day.instance.get_latest_materialization_event(key) for key in keys)
