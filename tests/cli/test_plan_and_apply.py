"""`plan` shows everything and changes nothing; `apply` does it, once."""

from __future__ import annotations

import psycopg
import pytest

from tests.cli.support import Project, Shell

TABLES = ["topics.entry_title_topics", "topics.entry_topics"]


def tables(shell: Shell) -> list[str]:
    found = shell.rows(
        "SELECT schemaname || '.' || tablename FROM pg_tables WHERE tablename LIKE 'entry@_%' ESCAPE '@'"
    )
    return sorted(name for (name,) in found)


def test_plan_shows_every_step_with_its_time_and_its_locks(shell: Shell) -> None:
    out = shell.fine("plan").out
    assert "topics.entry_topics" in out
    assert "entry_topics_topic_id_entry_id_key" in out
    assert "SHARE ROW EXCLUSIVE on entries" in out
    assert out.strip().endswith("3 steps for `denorm-assets apply`, 8 after the backfill.")


@pytest.mark.parametrize("options", [(), ("--sql",), ("--json",), ("--sql", "--json")])
def test_plan_changes_nothing(shell: Shell, options: tuple[str, ...]) -> None:
    before = shell.contents()
    shell.fine("plan", *options)
    assert shell.contents() == before
    assert tables(shell) == []


def test_plan_as_json_has_a_row_per_step(shell: Shell) -> None:
    steps = shell.fine("plan", "--json").json
    assert len(steps) == 11
    assert steps[1] == {
        "system": "topics",
        "kind": "table",
        "name": "topics.entry_topics",
        "action": "create",
        "when": "before the backfill",
        "locks": "none on tables of the application",
    }


def test_plan_prints_the_sql_of_creation_backfill_and_comparison(shell: Shell) -> None:
    out = shell.fine("plan", "topics", "--sql").out
    for part in (
        'CREATE TABLE "topics"."entry_topics" (',
        'CREATE UNIQUE INDEX "entry_topics_topic_id_entry_id_key"',
        "NOT VALID;",
        "VALIDATE CONSTRAINT",
        'INSERT INTO "topics"."entry_topics"',
        "ON CONFLICT",
        "hash_record_extended",
    ):
        assert part in out, part


def test_sql_that_plan_prints_can_be_run_as_it_is(shell: Shell) -> None:
    steps = shell.fine("plan", "--sql", "--json").json
    schema_work = [text for step in steps if step["kind"] != "backfill" for text in step["sql"]]
    assert len(schema_work) > 12
    with psycopg.connect(shell.url, autocommit=True) as connection:
        connection.execute("SET search_path = topics")
        for text in schema_work:
            connection.execute(text.encode())
    assert tables(shell) == TABLES


def test_percent_signs_are_printed_as_they_are_run(items_shell: Shell, project: Project) -> None:
    project.declare("SELECT id, tag FROM items WHERE tag LIKE '%1%' AND id % 2 = 0")
    out = items_shell.fine("plan", "--sql").out
    assert out.count("LIKE '%1%' AND id % 2 = 0") >= 3
    assert "%%" not in out


def test_apply_creates_the_tables_and_says_so(shell: Shell) -> None:
    outcome = shell.fine("apply")
    assert tables(shell) == TABLES
    assert "topics.entry_topics" in outcome.out
    assert "create" in outcome.out
    assert "table topics.entry_topics: create" in outcome.err


def test_applying_twice_does_nothing(shell: Shell) -> None:
    shell.fine("apply")
    before = shell.contents()
    again = shell.fine("apply", "--json").json
    assert {step["action"] for step in again} == {"keep"}
    assert shell.contents() == before


def test_applying_a_live_system_again_does_nothing(loaded: Shell) -> None:
    before = loaded.contents()
    again = loaded.fine("apply", "--json").json
    assert {step["action"] for step in again} == {"keep"}
    assert loaded.contents() == before
    assert loaded.fine("plan").out.strip().endswith("Nothing to do.")
    assert not [
        line for line in loaded.fine("plan", "--sql").out.splitlines() if line.startswith(("-- keep", "COMMENT"))
    ]


def test_apply_builds_what_is_missing_on_a_live_system(loaded: Shell) -> None:
    loaded.run(
        "DROP INDEX topics.entry_topics_topic_id_entry_id_key;"
        "ALTER TABLE topics.entry_topics DROP CONSTRAINT entry_topics_topic_id_fkey"
    )
    planned = loaded.fine("plan", "--sql").out
    assert "CREATE UNIQUE INDEX CONCURRENTLY" in planned
    steps = {step["name"]: step["action"] for step in loaded.fine("apply", "--json").json}
    assert steps["entry_topics_topic_id_entry_id_key"] == "create"
    assert steps["entry_topics_topic_id_fkey"] == "create"
    assert loaded.fine("check", "topics").status == 0


def test_apply_does_one_system_where_it_is_named(items_shell: Shell, project: Project) -> None:
    other = project.folder / f"{project.module}_other.py"
    other.write_text((project.folder / f"{project.module}.py").read_text().replace('"shop"', '"other"'))
    both = f"{project.reference},{other.stem}:SYSTEM"
    steps = items_shell.fine("apply", "shop", "--systems", both, "--json").json
    assert {step["system"] for step in steps} == {"shop"}


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_an_unknown_system_is_answered_with_the_known_ones(shell: Shell, command: str) -> None:
    assert shell.refused(command, "topic") == "there is no system 'topic'. Available: topics"
    assert shell.refused(command, "topics/entry_topics") == (
        "there is no system 'topics/entry_topics'. Available: topics"
    )


def test_a_table_of_another_shape_is_left_as_it_is(items_shell: Shell, project: Project) -> None:
    items_shell.fine("apply")
    project.declare("SELECT id, tag, amount FROM items")
    before = items_shell.contents()
    for command in ("plan", "apply"):
        outcome = items_shell(command)
        assert outcome.status == 1
        assert outcome.error == (
            "shop/links needs a rebuild: the table has (id bigint, tag text), the definition yields (id bigint, "
            "tag text, amount integer). Its rows were left as they are. Either put the definition back, or drop the "
            "table (DROP TABLE app.links) and run `denorm-assets apply`, then "
            "`denorm-assets backfill shop/links --again`"
        )
    assert items_shell.contents() == before


def test_the_remedy_for_a_table_of_another_shape_works(items_shell: Shell, project: Project) -> None:
    items_shell.fine("apply")
    items_shell.fine("backfill", "shop/links", "--pause", "0")
    project.declare("SELECT id, tag, amount FROM items")
    assert items_shell("apply").status == 1
    items_shell.run("DROP TABLE app.links")
    items_shell.fine("apply")
    items_shell.fine("backfill", "shop/links", "--again", "--pause", "0")
    items_shell.fine("check", "shop/links")
    assert items_shell.rows("SELECT count(*) FROM app.links") == [(2500,)]
