"""D21, D22: a busy application, and one whose tables grow."""

from __future__ import annotations

import random
import threading
import time

import psycopg

from tests.stress.days.day import Day
from tests.stress.days.instance import PATIENCE
from tests.stress.days.scenario import scenario
from tests.support.dagster_tree import wait_for

_ASSETS = ("topics/entry_topics", "topics/entry_title_topics", "topics/topic_newest")
_WRITES_A_SECOND = 50
_SECONDS = 120.0
_AT_ONCE, _IN_AN_HOUR = 20, 40
"""What a read model may report in a burst, and what it gains in an hour: at most 60 in any."""
_WRITES = (
    *["UPDATE entries SET tags = title_tags, title_tags = tags WHERE id = %(id)s"] * 6,
    "UPDATE entries SET published_at = now() WHERE id = %(id)s",
    "UPDATE entries SET enabled = NOT enabled WHERE id = %(id)s",
    "DELETE FROM entries WHERE id = %(id)s",
    "INSERT INTO entries (title, tags, title_tags, published_at)"
    " SELECT title, tags, title_tags, now() FROM entries WHERE id = %(id)s",
)
_LAST = "SELECT (SELECT max(id) FROM event_logs), (SELECT max(id) FROM asset_check_executions)"
_EVENTS = """
SELECT found.asset_key, count(*) FROM (
  SELECT asset_key FROM event_logs WHERE id > %s AND asset_key IS NOT NULL
  UNION ALL SELECT asset_key FROM asset_check_executions WHERE id > %s
) AS found GROUP BY 1"""


@scenario("D21")
def steady_writes_are_few_events(day: Day) -> None:
    """50 writes a second on the sources for two minutes: events of each read model in Dagster's storage."""
    storage = day.folder.server_url("DENORM_DAGSTER_URL")
    with psycopg.connect(storage, autocommit=True) as dagster:
        [last] = dagster.execute(_LAST).fetchall()
        began = time.monotonic()
        written = _write(day.product.database_url)
        day.wait_until_right()
        # What was added up is reported within some seconds.
        day.sleep(10)
        passed = time.monotonic() - began
        events = {"/".join(key[2:-2].split('", "')): count for key, count in dagster.execute(_EVENTS, last).fetchall()}
    allowed = _AT_ONCE + _IN_AN_HOUR * passed / 3600
    day.measured("writes a second", written / _SECONDS, at_least=0.9 * _WRITES_A_SECOND)
    for asset in _ASSETS:
        count = events.get(asset, 0)
        day.measured(f"events of {asset} in {passed:.0f} s (60 an hour: 20 at once, then 40)", count, at_most=allowed)
        assert count, f"{asset} was refreshed, and Dagster was told"
    day.measure_wrong_rows("the writes")


def _write(url: str) -> int:
    chosen, written = random.Random("days"), 0
    with psycopg.connect(url, autocommit=True, options="-c search_path=topics") as connection:
        [(newest,)] = connection.execute("SELECT max(id) FROM entries").fetchall()
        began = time.monotonic()
        while (passed := time.monotonic() - began) < _SECONDS:
            if written > passed * _WRITES_A_SECOND:
                time.sleep(0.005)
                continue
            connection.execute(chosen.choice(_WRITES).encode(), {"id": chosen.randint(1, newest)})
            written += 1
    return written


@scenario("D22")
def growth_is_never_red(day: Day) -> None:
    """The application inserts 20,000 rows beyond the last range: nobody clicks, and every range turns green."""
    model, asset = day.model("entry_topics"), _ASSETS[0]
    before, began = day.product.done_ranges(model), day.now()
    stop, launched = threading.Event(), list[str]()

    def look_again_and_again() -> None:
        while not stop.wait(5):
            launched.append(day.launch_checks(asset, "backfill_complete"))
            day.ended(launched[-1])

    looking = threading.Thread(target=look_again_and_again)
    looking.start()
    try:
        day.rows(
            "INSERT INTO entries (title, tags, title_tags, published_at, enabled) SELECT title, tags, title_tags,"
            " published_at, enabled FROM entries ORDER BY id LIMIT 20000"
        )
        day.wait_until_right()
        wait_for(lambda: _all_green(day) > len(before), PATIENCE, "the sensor shows what the table grew by", interval=1)
    finally:
        stop.set()
        looking.join()
    total = _all_green(day)
    day.page.goto(f"/assets/{asset}?view=partitions")
    for words in (f"Materialized ({total})", "Missing (0)", "Failed (0)"):
        day.page.get_by_text(words).wait_for()
    day.screenshot("grown")
    looked = [
        found.evaluation
        for found in day.executions(asset, "backfill_complete", limit=1000)
        if found.create_timestamp > began.timestamp() and found.evaluation is not None
    ]
    by_people = [run for run in day.runs_since(began) if run.run_id not in launched]
    assert len(launched) > 1
    day.measured("ranges that a growing table gained without a click", total - len(before), at_least=1)
    day.measured("times that backfill_complete was looked at meanwhile", len(looked), at_least=2)
    day.measured("times that it failed", sum(not found.passed for found in looked), at_most=0)
    day.measured("runs that growth needed", len(by_people), at_most=0)
    day.measure_wrong_rows("growth")


def _all_green(day: Day) -> int:
    """How many ranges there are, if all of them are loaded, compared and shown so; else 0."""
    model = day.model("entry_topics")
    [(ranges,)] = day.rows("SELECT count(*) FROM denorm.id_range WHERE range_set = 'topics_entries'")
    shown = day.loaded(_ASSETS[0])
    return len(shown) if len(shown) == len(day.product.done_ranges(model)) == ranges else 0
