"""D19, D26: a definition changes, and a worker dies."""

from __future__ import annotations

import re
from typing import Any

from dagster._core.storage.tags import SENSOR_NAME_TAG
from playwright.sync_api import expect

from tests.stress.days.clicks import materialize, materialize_all
from tests.stress.days.day import Day
from tests.stress.days.house import edit
from tests.stress.days.instance import PATIENCE
from tests.stress.days.scenario import scenario
from tests.support.dagster_tree import wait_for

_ASSET, _VIEW, _PHASE = "topics/entry_topics", "topics/topic_newest", "topics/phase_1_link_tables"
_STALE = "{ assetNodes { assetKey { path } staleStatus staleCauses { reason dependency { path } } } }"
_STALE_PARTITIONS = """{ assetNodes(assetKeys: [{path: ["topics", "entry_topics"]}]) { staleStatusByPartition } }"""


@scenario("D26")
def a_worker_that_dies_is_started_again(day: Day) -> None:
    """`kill -9` of the worker: `dev` says so, starts another one, and what was written meanwhile is shown."""
    killed = day.worker()
    killed.kill()
    day.rows("UPDATE entries SET tags = title_tags, title_tags = tags WHERE id <= 50")
    wait_for(lambda: "worker` ended with status" in day.folder.log.read_text(), PATIENCE, "`dev` says that it died")
    wait_for(lambda: day.find_worker() not in (None, killed), PATIENCE, "`dev` starts another one")
    day.wait_until_right()
    [said] = [line for line in day.folder.log.read_text().splitlines() if "worker` ended with status" in line][-1:]
    print(f"     {said}", flush=True)
    assert "starting it again" in said
    day.measure_wrong_rows("a worker died")


@scenario("D19")
def a_changed_definition_is_shown_until_it_is_loaded(day: Day) -> None:
    """A `.sql` is deployed: no run is launched that must fail, green stays green, and badges come and go."""
    assert _outdated(day) == set(), f"out of date before: {_causes(day)}"
    sql = day.folder.root / "newsroom" / "sql"
    edit(sql / "entry_topics.sql", ("SELECT DISTINCT", "-- Enabled ones.\nSELECT DISTINCT"))
    (sql / "entry_topics.sql").write_text(f"{(sql / 'entry_topics.sql').read_text().rstrip()}\nWHERE e.enabled\n")
    edit(sql / "topic_newest.sql", ("FROM entry_topics", "FROM entry_topics\nWHERE topic_id > 1"))
    deployed = day.now()
    day.reload()
    wait_for(lambda: {_ASSET, _VIEW} <= _outdated(day), PATIENCE, "both are shown with an outdated code version")
    day.page.goto(f"/assets/{_VIEW}?view=overview")
    day.page.get_by_role("button", name=re.compile("Unsynced")).hover()
    expect(day.page.get_by_text("has a new code version")).to_be_visible()
    day.screenshot("code_version_outdated")
    # The application goes on meanwhile, and so do the sensors.
    day.rows("UPDATE entries SET enabled = NOT enabled WHERE id <= 60")
    ticks = day.wait_for_ticks("denorm_ranges", 2)
    assert any("changed; materialize its phase" in (tick.skip_reason or "") for tick in ticks), ticks
    by_sensors = [run for run in day.runs_since(deployed) if SENSOR_NAME_TAG in run.tags]
    day.measured("runs that sensors launched before the phase's", len(by_sensors), at_most=0)
    # Somebody loads partitions first.
    run = day.ended(day.api.launch_range(_ASSET.split("/"), *sorted(day.loaded(_ASSET))[:1] * 2))
    assert not run.is_success
    red = day.red(_ASSET)
    day.measured("partitions that turned red because they were loaded before the phase", red, at_most=0)
    day.page.goto(f"/assets/{_ASSET}?view=partitions")
    expect(day.page.get_by_text("Failed (0)")).to_be_visible()
    day.screenshot("loaded_before_the_phase")

    materialize(day.page, _PHASE)
    day.wait_until_right()
    materialize_all(day.page, "topics")
    wait_for(lambda: _outdated(day) == set(), 2 * PATIENCE, f"no badge is left: {_outdated(day)}", interval=2)
    day.rows("UPDATE entries SET tags = title_tags, title_tags = tags WHERE id <= 50")
    day.wait_until_right()
    day.sleep(10)
    day.measured(
        "assets shown as out of date once they were loaded again and refreshed", len(_outdated(day)), at_most=0
    )
    day.page.goto(f"/assets/{_VIEW}?view=overview")
    expect(day.page.get_by_text("Latest check results")).to_be_visible()
    expect(day.page.get_by_role("button", name=re.compile("Unsynced"))).to_have_count(0)
    day.screenshot("code_version_current")
    day.measure_wrong_rows("the definition changed")


def _causes(day: Day) -> dict[str, Any]:
    """Why Dagster shows assets as *Unsynced*."""
    nodes = day.api.graphql(_STALE)["assetNodes"]
    return {"/".join(node["assetKey"]["path"]): node["staleCauses"] for node in nodes if node["staleCauses"]}


def _outdated(day: Day) -> set[str]:
    """The assets of `topics` that Dagster shows as *Unsynced*, `entry_topics` where one of its partitions is."""
    [partitioned] = day.api.graphql(_STALE_PARTITIONS)["assetNodes"]
    return {
        "/".join(node["assetKey"]["path"])
        for node in day.api.graphql(_STALE)["assetNodes"]
        if node["assetKey"]["path"][0] == "topics" and node["staleStatus"] == "STALE"
    } | ({_ASSET} if "STALE" in partitioned["staleStatusByPartition"] else set())
