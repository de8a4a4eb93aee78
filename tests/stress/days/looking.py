"""D26: what people read where they look."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from tests.stress.days.day import Day
from tests.stress.days.scenario import scenario

_AUTOMATION = """{ repositoriesOrError { ... on RepositoryConnection { nodes {
  schedules { name description scheduleState { status } } sensors { name description sensorState { status } }
  jobs { name description }
} } } }"""


@scenario("D26")
def everything_says_what_it_is(day: Day) -> None:
    """Schedules, sensors and jobs have descriptions, and run; a read model shows its automation and its columns."""
    [repository] = day.api.graphql(_AUTOMATION)["repositoriesOrError"]["nodes"]
    found: list[dict[str, Any]] = [
        each for kind in ("schedules", "sensors", "jobs") for each in repository[kind] if each["name"] != "__ASSET_JOB"
    ]
    mute = [each["name"] for each in found if not each["description"]]
    assert len(found) > 20
    assert not mute, mute
    idle = [
        each["name"]
        for each in found
        if (each.get("scheduleState") or each.get("sensorState") or {"status": "RUNNING"})["status"] != "RUNNING"
    ]
    assert not idle, idle
    day.measured("schedules, sensors and jobs without a description", len(mute), at_most=0)
    day.page.goto("/automation")
    expect(day.page.get_by_text("denorm_refresh")).to_be_visible()
    day.screenshot("automation")
    # After a refresh, which Dagster shows as the latest materialization.
    day.rows("UPDATE topic_tags SET tag = tag || '!' WHERE topic_id = 3")
    day.wait_until_right()
    for model, kind in (("entry_topics", "timestamp with time zone"), ("topic_newest", "timestamp with time zone")):
        day.page.goto(f"/assets/topics/{model}?view=overview")
        expect(day.page.get_by_text(kind).first).to_be_visible()
        expect(day.page.get_by_text("denorm_ranges").first).to_be_visible()
        expect(day.page.get_by_text(re.compile("DENORM|denorm-assets worker")).first).to_be_visible()
        day.screenshot(f"asset_{model}")
