"""`backfill`: everything, an interval of IDs, again; and what it refuses before anything is written."""

from __future__ import annotations

import pytest

from tests.support.shell import Project, Shell
from tests.support.unseen import unseen

LINKS = "SELECT count(*) FROM topics.entry_topics"


@pytest.fixture
def applied(shell: Shell) -> Shell:
    shell.fine("apply")
    return shell


@pytest.fixture
def items(items_shell: Shell, project: Project) -> Shell:
    items_shell.fine("apply")
    return items_shell


def test_backfill_read_model_loads_all_rows_and_goes_live(applied: Shell) -> None:
    outcome = applied.fine("backfill", "topics/entry_topics", "--pause", "0")
    [(links,)] = applied.rows(LINKS)
    assert links > 1_000
    assert f"topics/entry_topics: 4 done and compared; {links:,} rows written, 0 removed" in outcome.out
    assert "4/4 ranges" in outcome.err
    [status] = applied.fine("status", "topics/entry_topics", "--json").json
    assert (status["state"], status["ranges_done"], status["rows"]) == ("live", 4, links)


def test_backfill_system_loads_all_its_read_models(applied: Shell) -> None:
    outcome = applied.fine("backfill", "topics", "--pause", "0")
    assert [line.split(":")[0] for line in outcome.out.splitlines()] == [
        "topics/entry_topics",
        "topics/entry_title_topics",
    ]


def test_backfill_done_ranges_are_skipped(loaded: Shell) -> None:
    before = loaded.contents()
    outcome = loaded.fine("backfill", "topics/entry_topics")
    assert "topics/entry_topics: every range was done already; 0 rows written, 0 removed" in outcome.out
    assert loaded.contents() == before


def test_backfill_again_compares_and_corrects_done_ranges(loaded: Shell) -> None:
    [(missing,)] = loaded.rows(f"{LINKS} WHERE entry_id = (SELECT min(entry_id) FROM topics.entry_topics)")
    loaded.run(
        "DELETE FROM topics.entry_topics WHERE entry_id = (SELECT min(entry_id) FROM topics.entry_topics);"
        "UPDATE topics.entry_topics SET published_at = 'epoch'"
        " WHERE (entry_id, topic_id) = (SELECT max(entry_id), max(topic_id) FROM topics.entry_topics"
        " WHERE entry_id = (SELECT max(entry_id) FROM topics.entry_topics))"
    )
    assert loaded("check", "topics/entry_topics").status == 1
    assert "every range was done already" in loaded.fine("backfill", "topics/entry_topics").out
    results = loaded.fine("backfill", "topics/entry_topics", "--again", "--pause", "0", "--json").json
    assert {result["outcome"] for result in results} == {"done"}
    assert [result["rows_written"] for result in results] == [missing, 0, 1, 0]
    loaded.fine("check", "topics/entry_topics")


def test_backfill_id_interval_loads_rows_without_marking_range_done(applied: Shell) -> None:
    outcome = applied.fine(
        "backfill", "topics/entry_topics", "--from-id", "1", "--to-id", "100", "--batch-size", "30", "--pause", "0"
    )
    assert "topics/entry_topics: 1 covered partly, not marked done; " in outcome.out
    assert applied.rows("SELECT min(entry_id) >= 1, max(entry_id) <= 100, count(*) > 10 FROM topics.entry_topics") == [
        (True, True, True)
    ]
    [status] = applied.fine("status", "topics/entry_topics", "--json").json
    assert (status["state"], status["ranges_done"], status["ranges"]) == ("loading", 0, 4)
    check = applied("check", "topics/entry_topics", "--json")
    assert check.status == 1
    assert not {result["name"]: result["passed"] for result in check.json}["backfill_complete"]


def test_backfill_id_interval_over_ranges_marks_only_whole_ones_done(items: Shell) -> None:
    results = items.fine("backfill", "shop/links", "--from-id", "900", "--to-id", "2100", "--pause", "0", "--json").json
    assert [(result["key"], result["outcome"]) for result in results] == [
        ("items:min-000001000", "partly"),
        ("items:000001001-000002000", "done"),
        ("items:000002001-000002500", "partly"),
    ]
    assert items.rows("SELECT count(*), min(id), max(id) FROM app.links") == [(1201, 900, 2100)]
    rest = items.fine("backfill", "shop/links", "--pause", "0", "--json").json
    assert [result["key"] for result in rest] == ["items:min-000001000", "items:000002001-000002500", "items:rest"]
    items.fine("check", "shop/links")


def test_backfill_json_describes_each_range(applied: Shell) -> None:
    results = applied.fine("backfill", "topics/entry_topics", "--pause", "0", "--json").json
    assert [result["key"] for result in results][-1] == "entries:rest"
    assert all(result["model"] == "topics/entry_topics" and result["checksum"] for result in results)
    assert sum(result["row_count"] for result in results) == applied.rows(LINKS)[0][0]


def test_backfill_read_model_without_ranges_says_what_it_loaded(items_shell: Shell, project: Project) -> None:
    project.declare(fields='key=("id",)')
    items_shell.fine("apply")
    assert items_shell.fine("backfill", "shop").out.startswith("shop/links: 2,500 rows (no ranges), ")


def test_backfill_json_leased_range_is_reported_on_stderr(items: Shell) -> None:
    items.fine("backfill", "shop", "--to-id", "5")
    items.run(
        "UPDATE denorm.range_progress"
        " SET lease_holder = 'elsewhere process 7', lease_expires_at = clock_timestamp() + interval '0.5 s'"
    )
    outcome = items.fine("backfill", "shop", "--pause", "0", "--json")
    assert len(outcome.json) == 4
    assert "items:min-000001000: standing back, elsewhere process 7 is working on this range" in outcome.err


def test_backfill_before_apply_says_to_apply_first(shell: Shell) -> None:
    before = shell.contents()
    assert shell.refused("backfill", "topics/entry_topics") == (
        "topics/entry_topics has not been created in this database. Run `denorm-assets apply` first, "
        "or materialize the system's phase asset in Dagster"
    )
    assert shell.contents() == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--from-id", "9000", "--to-id", "9999"],
            "no row has an ID between 9000 and 9999: items has IDs from 1 to 2500. Give IDs within the table",
        ),
        (
            ["--to-id", "0"],
            "no row has an ID between the first and 0: items has IDs from 1 to 2500. Give IDs within the table",
        ),
        (["--from-id", "50", "--to-id", "40"], "the range from 50 to 40 is empty. Give the smaller ID first"),
        (["--from-id", "items:1-5"], "'items:1-5' is not an ID of this table. Give a whole number"),
        (["--to-id", "1e3"], "'1e3' is not an ID of this table. Give a whole number"),
    ],
)
def test_backfill_invalid_id_range_is_refused_with_nothing_written(
    items: Shell, words: list[str], message: str
) -> None:
    assert items.refused("backfill", "shop/links", *words) == message
    assert items.rows("SELECT count(*) FROM app.links") == [(0,)]
    assert items.rows("SELECT count(*) FROM denorm.range_progress") == [(0,)]


@pytest.mark.parametrize(
    "words", [["--batch-size", "0"], ["--batch-size", "many"], ["--pause", "-1"], ["--statement-timeout", "0"]]
)
def test_backfill_option_out_of_bounds_exits_2(items: Shell, words: list[str]) -> None:
    outcome = items("backfill", "shop/links", *words)
    assert outcome.status == 2
    assert f"Invalid value for '{words[0]}'" in outcome.err


def test_backfill_duplicate_key_shows_samples_and_writes_nothing(items_shell: Shell, project: Project) -> None:
    project.declare(
        "SELECT i.id, t.tag FROM items AS i CROSS JOIN LATERAL unnest(ARRAY[i.tag, 'x']) AS t(tag) WHERE i.id <> 3"
    )
    items_shell.fine("apply")
    outcome = items_shell("backfill", "shop/links", "--pause", "0")
    assert outcome.status == 1
    message = outcome.err.partition("Error: ")[2].strip()
    assert message == (
        "shop/links: the key (id) does not identify a row of its definition. Duplicates, for example: (id=1) 2 times; "
        "(id=2) 2 times; (id=4) 2 times; (id=5) 2 times; (id=6) 2 times. The batch was rolled back. Make "
        f"{project.definition} yield one row per key (DISTINCT, GROUP BY), or add the missing column to `key` in the "
        "declaration; then run the same command again"
    )
    assert items_shell.rows("SELECT count(*) FROM app.links") == [(0,)]
    assert items_shell.fine("status", "--json").json[0]["ranges_done"] == 0


def test_backfill_again_key_no_longer_unique_shows_samples(items_shell: Shell, project: Project) -> None:
    # All columns are in the key, so that no UPDATE could come across the second row.
    project.declare(
        "SELECT i.id, t.tag FROM items AS i, unnest(string_to_array(i.tag, ',')) AS t(tag)",
        'key=("id", "tag"), backfill=IdRanges("items.id")',
    )
    items_shell.fine("apply")
    items_shell.fine("backfill", "shop/links", "--pause", "0")
    items_shell.run(unseen("UPDATE app.items SET tag = 'a,a' WHERE id = 7"))
    outcome = items_shell("backfill", "shop/links", "--again", "--pause", "0")
    assert outcome.status == 1
    assert "Duplicates, for example: (id=7, tag=a) 2 times" in outcome.err


def test_backfill_failing_row_names_batch_and_keeps_other_rows(items_shell: Shell, project: Project) -> None:
    items_shell.run("UPDATE app.items SET amount = 0 WHERE id = 1500")
    project.declare("SELECT id, 10 / amount AS share FROM items")
    items_shell.fine("apply")
    outcome = items_shell("backfill", "shop/links", "--pause", "0")
    assert outcome.status == 1
    assert (
        "Error: shop/links items:000001001-000002000: the batch of 2000 rows from 1001 on failed: division by zero. "
        "It was rolled back; earlier batches are kept. Correct the row or the definition that causes it"
    ) in outcome.err
    assert items_shell.rows("SELECT count(*) FROM app.links") == [(1000,)]
    items_shell.run("UPDATE app.items SET amount = 5 WHERE id = 1500")
    items_shell.fine("backfill", "shop/links", "--pause", "0")
    items_shell.fine("check", "shop/links")


def test_pause_resume_and_cancel_are_accepted_and_shown_by_status(loaded: Shell) -> None:
    assert loaded.fine("pause", "topics/entry_topics", "--json").json == [
        {"model": "topics/entry_topics", "asked to": "pause"}
    ]
    paused = {row["model"]: row["paused"] for row in loaded.fine("status", "--json").json}
    assert paused == {"topics/entry_topics": True, "topics/entry_title_topics": False}
    assert "live (paused)" in loaded.fine("status").out
    assert "resume" in loaded.fine("resume", "topics").out
    assert "cancel" in loaded.fine("cancel", "topics").out
    assert not any(row["paused"] for row in loaded.fine("status", "--json").json)


def test_backfill_table_dropped_by_hand_is_loaded_again_after_apply(loaded: Shell) -> None:
    loaded.run("DROP TABLE topics.entry_topics")
    loaded.fine("apply")
    loaded.fine("backfill", "topics/entry_topics", "--pause", "0")
    loaded.fine("check", "topics/entry_topics")
