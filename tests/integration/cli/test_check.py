"""`check`: exit status 0, 1 or 2, narrowing to one value of a key column, and details of what differs."""

from __future__ import annotations

import pytest

from tests.support.shell import Project, Shell
from tests.support.unseen import unseen

CHECKS = [
    "matches_definition",
    "no_orphans",
    "indexes_valid",
    "foreign_keys_validated",
    "backfill_complete",
    "kept_fresh",
]


def test_check_sound_system_passes(loaded: Shell) -> None:
    results = loaded.fine("check", "--json").json
    assert [result["name"] for result in results] == CHECKS * 2
    assert all(result["passed"] for result in results)


def test_check_table_shows_one_line_per_check(loaded: Shell) -> None:
    out = loaded.fine("check", "topics/entry_topics").out
    assert [line.split()[1] for line in out.splitlines() if line.strip().startswith("topics/")] == CHECKS
    assert "FAILED" not in out


@pytest.mark.parametrize(
    "words",
    [
        ("topics/entry_topics", "--topic", "1"),
        ("topics/entry_topics", "--topic=1"),
        ("topics/entry_topics", "--topic-id", "1"),
        ("topics/entry_topics", "--topic_id", "1"),
        ("--topic", "1", "topics/entry_topics"),
        ("--json", "--topic", "1", "topics/entry_topics"),
    ],
)
def test_check_key_column_value_narrows_check(loaded: Shell, words: tuple[str, ...]) -> None:
    results = loaded.fine("check", *words, *(() if "--json" in words else ("--json",))).json
    assert [result["name"] for result in results] == ["matches_definition", "no_orphans"]
    [(links,)] = loaded.rows("SELECT count(*) FROM topics.entry_topics WHERE topic_id = 1")
    assert results[0]["figures"]["rows"] == links > 100


def test_check_several_key_columns_narrow_together(loaded: Shell) -> None:
    [(entry, topic)] = loaded.rows("SELECT entry_id, topic_id FROM topics.entry_topics ORDER BY 1, 2 LIMIT 1")
    results = loaded.fine("check", "topics/entry_topics", f"--entry={entry}", f"--topic={topic}", "--json").json
    assert results[0]["figures"]["rows"] == 1


def test_check_narrowed_sees_only_its_own_rows(loaded: Shell) -> None:
    loaded.run("DELETE FROM topics.entry_topics WHERE topic_id = 2")
    loaded.fine("check", "topics/entry_topics", "--topic", "1")
    outcome = loaded("check", "topics/entry_topics", "--topic", "2")
    assert outcome.status == 1
    assert "FAILED" in outcome.out


def test_check_system_narrows_when_all_models_have_column(loaded: Shell) -> None:
    assert len(loaded.fine("check", "topics", "--topic", "1", "--json").json) == 4


def test_check_differing_rows_are_listed_as_missing_and_extra(loaded: Shell) -> None:
    loaded.run(
        "DELETE FROM topics.entry_topics WHERE (entry_id, topic_id) ="
        " (SELECT entry_id, topic_id FROM topics.entry_topics ORDER BY 1, 2 LIMIT 1);"
        "INSERT INTO topics.entry_topics SELECT e.id, t.id, e.published_at FROM topics.entries AS e, topics.topics AS t"
        " WHERE (e.id, t.id) NOT IN (SELECT entry_id, topic_id FROM topics.entry_topics) ORDER BY 1 DESC, 2 LIMIT 1"
    )
    outcome = loaded("check", "topics/entry_topics", "--json")
    assert outcome.status == 1
    [failed] = [result for result in outcome.json if not result["passed"]]
    assert failed["name"] == "matches_definition"
    assert "2 of 4 ranges differ from the definition" in failed["summary"]
    assert [bool(row["missing"]) for row in failed["rows"]] == [True, False]
    assert [bool(row["extra"]) for row in failed["rows"]] == [False, True]
    shown = loaded("check", "topics/entry_topics").out
    assert "topics/entry_topics matches_definition" in shown
    assert "(entry_id=" in shown


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        ("DROP INDEX topics.entry_topics_topic_id_entry_id_key", "indexes_valid"),
        ("ALTER TABLE topics.entry_topics DROP CONSTRAINT entry_topics_topic_id_fkey", "foreign_keys_validated"),
        ("UPDATE denorm.range_progress SET done_version = NULL", "backfill_complete"),
    ],
)
def test_check_any_failed_check_exits_1(loaded: Shell, damage: str, check: str) -> None:
    loaded.run(damage)
    outcome = loaded("check", "topics/entry_topics", "--json")
    assert outcome.status == 1
    assert [result["name"] for result in outcome.json if not result["passed"]] == [check]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["topics/entry_topics", "--topic", "abc"],
            'a check cannot be narrowed to topic_id = abc: invalid input syntax for type bigint: "abc". '
            "Give a value of the column's type",
        ),
        (
            ["topics/entry_topics", "--topic", "9" * 30],
            f"a check cannot be narrowed to topic_id = {'9' * 30}: "
            f'value "{"9" * 30}" is out of range for type bigint. Give a value of the column\'s type',
        ),
        (
            ["topics/entry_topics", "--colour", "red"],
            "--colour is no option and no key column of entry_topics; its key columns are --entry, --topic",
        ),
        (
            ["topics/entry_topics", "--published-at", "2024-01-01"],
            "--published-at is no option and no key column of entry_topics; its key columns are --entry, --topic",
        ),
        (["topics", "--topic"], "'--topic' is not understood; write --column value, for example --topic 1"),
        (["topics", "-t", "1"], "'-t' is not understood; write --column value, for example --topic 1"),
        (["topics", "more"], "expected one target, got topics and more"),
        (["nosuch"], "there is no system 'nosuch'. Available: topics"),
        (
            ["topics/nosuch"],
            "there is no read model 'topics/nosuch'. Available: topics/entry_topics, topics/entry_title_topics",
        ),
    ],
)
def test_check_invalid_narrowing_is_refused(loaded: Shell, words: list[str], message: str) -> None:
    assert loaded.refused("check", *words) == message


def test_check_before_apply_says_to_apply_first(shell: Shell) -> None:
    assert "topics/entry_topics has not been created in this database. Run `denorm-assets apply` first" in (
        shell.refused("check")
    )


def test_check_before_backfill_fails_and_says_what_to_run(shell: Shell) -> None:
    shell.fine("apply")
    outcome = shell("check", "topics/entry_topics", "--json")
    assert outcome.status == 1
    summaries = {result["name"]: result["summary"] for result in outcome.json if not result["passed"]}
    assert "denorm-assets backfill topics/entry_topics" in summaries["backfill_complete"]
    assert "denorm-assets apply" in summaries["indexes_valid"]


def test_check_text_value_narrows_check(items_shell: Shell, project: Project) -> None:
    project.declare("SELECT id, tag FROM items", 'key=("id", "tag"), backfill=IdRanges("items.id")')
    items_shell.fine("apply")
    items_shell.fine("backfill", "shop/links", "--pause", "0")
    items_shell.run(
        unseen("UPDATE app.items SET tag = 'it''s %s {}' WHERE id = 5; UPDATE app.links SET tag = 'gone' WHERE id = 5")
    )
    outcome = items_shell("check", "shop/links", "--tag", "it's %s {}", "--json")
    assert outcome.status == 1
    assert outcome.json[0]["rows"][0]["missing"] == "(id=5, tag=it's %s {})"
    items_shell.fine("check", "shop/links", "--tag", "no such tag")
