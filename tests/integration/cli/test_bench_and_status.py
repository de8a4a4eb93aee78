"""`bench` times pages before and after and compares their rows; `status` shows where everything stands."""

from __future__ import annotations

import pytest

from tests.support.shell import Project, Shell


def test_bench_page_times_before_and_after_with_same_rows(loaded: Shell) -> None:
    found = loaded.fine("bench", "topics", "--topic", "1", "--json").json
    assert [row["query"] for row in found] == ["for_topic", "for_topic_title"]
    assert all(row["same_rows"] and row["rows"] == 50 for row in found)
    assert all(row["before_ms"] > 0 and row["after_ms"] > 0 for row in found)


def test_bench_one_query_times_only_it(loaded: Shell) -> None:
    out = loaded.fine("bench", "topics/for_topic").out
    assert "for_topic" in out
    assert "for_topic_title" not in out


def test_bench_parameters_reach_both_queries(loaded: Shell) -> None:
    [row] = loaded.fine("bench", "--limit", "7", "topics/for_topic", "--offset=3", "--json").json
    assert (row["rows"], row["same_rows"]) == (7, True)
    [row] = loaded.fine("bench", "topics/for_topic", "--topic", "999999", "--json").json
    assert (row["rows"], row["same_rows"]) == (0, True)


def test_bench_differing_rows_exit_1(loaded: Shell) -> None:
    loaded.run("DELETE FROM topics.entry_topics WHERE topic_id = 1")
    outcome = loaded("bench", "topics/for_topic", "--topic", "1", "--json")
    assert outcome.status == 1
    assert not outcome.json[0]["same_rows"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["topics/nosuch"], "there is no query 'nosuch'. Available: for_topic, for_topic_title"),
        (["nosuch"], "there is no system 'nosuch'. Available: topics"),
        (
            ["topics", "--nosuch", "1"],
            "the query for_topic has no parameter --nosuch; it has --limit, --offset, --topic",
        ),
        (["topics", "--topic", "x"], "--topic 'x' is not a whole number; give one"),
    ],
)
def test_bench_unknown_name_or_parameter_is_refused(loaded: Shell, words: list[str], message: str) -> None:
    assert loaded.refused("bench", *words) == message


def test_bench_invalid_parameter_value_names_query(loaded: Shell) -> None:
    message = loaded.refused("bench", "topics/for_topic", "--offset", "-1")
    assert "for_topic.before.sql: OFFSET must not be negative. Correct the query or its parameters" in message


def test_bench_before_apply_names_query_and_what_to_run(shell: Shell) -> None:
    message = shell.refused("bench", "topics")
    assert 'for_topic.after.sql: relation "entry_topics" does not exist' in message
    assert "run `denorm-assets apply` and `denorm-assets backfill` first" in message


def test_bench_without_system_asks_for_one(loaded: Shell) -> None:
    outcome = loaded("bench")
    assert outcome.status == 2
    assert "name a system, or one of its queries: bench SYSTEM[/QUERY]" in outcome.err


def test_bench_system_without_queries_is_refused(items_shell: Shell, project: Project) -> None:
    assert items_shell.refused("bench", "shop") == ("the system shop declares no queries, so there is nothing to time")


def test_status_before_apply_shows_absent(shell: Shell) -> None:
    [first, second] = shell.fine("status", "--json").json
    assert first == {
        "model": "topics/entry_topics",
        "state": "absent",
        "outdated": False,
        "paused": False,
        "ranges_done": 0,
        "ranges": 0,
        "rows": 0,
        "size": 0,
        "pending": 0,
        "lag": 0.0,
        "last_refresh_ms": None,
        "holders": [],
        "held_up_by": None,
        "quarantined": 0,
        "unlogged": False,
        "refresh": None,
    }
    assert second["model"] == "topics/entry_title_topics"


def test_status_changes_nothing(shell: Shell) -> None:
    before = shell.contents()
    shell.fine("status")
    assert shell.contents() == before


def test_status_live_model_shows_rows_and_size(loaded: Shell) -> None:
    [row] = loaded.fine("status", "topics/entry_topics", "--json").json
    assert (row["state"], row["ranges_done"], row["ranges"]) == ("live", 4, 4)
    assert row["rows"] == loaded.rows("SELECT count(*) FROM topics.entry_topics")[0][0]
    assert row["size"] > 100_000
    assert "kB" in loaded.fine("status").out or "MB" in loaded.fine("status").out


def test_status_changed_definition_shows_outdated_until_apply(items_shell: Shell, project: Project) -> None:
    items_shell.fine("apply")
    items_shell.fine("backfill", "shop", "--pause", "0")
    project.declare("SELECT id, upper(tag) AS tag FROM items")
    [row] = items_shell.fine("status", "--json").json
    assert (row["state"], row["outdated"]) == ("live", True)
    assert "live (outdated)" in items_shell.fine("status").out
    items_shell.fine("apply")
    [row] = items_shell.fine("status", "--json").json
    # Rebuilt as a whole.
    assert (row["state"], row["outdated"], row["ranges_done"]) == ("live", False, row["ranges"])


def test_status_leased_range_names_holder(items_shell: Shell, project: Project) -> None:
    items_shell.fine("apply")
    items_shell.fine("backfill", "shop", "--to-id", "5")
    items_shell.run(
        "UPDATE denorm.range_progress"
        " SET lease_holder = 'host process 7', lease_expires_at = now() + interval '1 minute'"
    )
    assert items_shell.fine("status", "--json").json[0]["holders"] == ["host process 7"]
    assert "host process 7" in items_shell.fine("status").out
