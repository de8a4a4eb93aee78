"""`plan` shows everything and changes nothing; `apply` does it, once."""

from __future__ import annotations

import io
import sys

import psycopg
import pytest

from denorm_assets.sql.control import migrations
from tests.support.shell import Project, Shell

TABLES = ["topics.entry_title_topics", "topics.entry_topics"]


def tables(shell: Shell) -> list[str]:
    found = shell.rows(
        "SELECT schemaname || '.' || tablename FROM pg_tables WHERE tablename LIKE 'entry@_%' ESCAPE '@'"
    )
    return sorted(name for (name,) in found)


def test_plan_lists_each_step_with_locks(shell: Shell) -> None:
    out = shell.fine("plan").out
    assert "topics.entry_topics" in out
    assert "entry_topics_topic_id_entry_id_key" in out
    assert "SHARE ROW EXCLUSIVE on entries" in out
    assert out.strip().endswith("5 steps for `denorm-assets apply`, 8 after the backfill.")


@pytest.mark.parametrize("options", [(), ("--sql",), ("--json",), ("--sql", "--json")])
def test_plan_any_options_change_nothing(shell: Shell, options: tuple[str, ...]) -> None:
    before = shell.contents()
    shell.fine("plan", *options)
    assert shell.contents() == before
    assert tables(shell) == []


def test_plan_json_has_row_per_step(shell: Shell) -> None:
    steps = shell.fine("plan", "--json").json["steps"]
    assert len(steps) == 13
    assert steps[1] == {
        "system": "topics",
        "kind": "table",
        "name": "topics.entry_topics",
        "action": "create",
        "when": "before the backfill",
        "locks": "none on tables of the application",
        "seconds": 0.0,
    }


def test_plan_sql_prints_creation_backfill_and_comparison(shell: Shell) -> None:
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


def test_plan_sql_can_be_run_as_printed(shell: Shell) -> None:
    steps = shell.fine("plan", "--sql", "--json").json["steps"]
    # Backfill and recomputation have parameters.
    to_run = [text for step in steps if step["action"] not in ("run", "recompute") for text in step["sql"]]
    assert len(to_run) > 26
    with psycopg.connect(shell.url, autocommit=True) as connection:
        connection.execute("SET search_path = topics")
        connection.execute("CREATE TEMPORARY TABLE images (image text[])")
        for text in to_run:
            connection.execute(text.encode())
    assert tables(shell) == TABLES
    shell.run("UPDATE topics.entries SET tags = '' WHERE id = 1; TRUNCATE topics.topic_tags")
    assert shell.rows("SELECT image FROM denorm.change_log ORDER BY image") == [(["1"],), (None,)]


OF_ENTRIES = "A change in entries affects the rows of that entry (entry_id)."
OF_TOPIC_TAGS = (
    "A change in topic_tags affects the rows of that topic_tag's entries (entry_id), found through "
    r"btrim(unnest(string_to_array(entries.tags, ',')), e' \t\r\n\u00a0') = topic_tags.tag."
)
REFUSED = [
    *(
        f"While the foreign key to {table} exists, TRUNCATE {table} needs CASCADE, which empties topics.entry_topics "
        f"too, and DROP TABLE {table} needs CASCADE, which drops the foreign key."
        for table in ("topics.entries", "topics.topics")
    ),
    "Its foreign keys cascade from topics.entries and from topics.topics: two transactions that delete there at the "
    "same time can deadlock over rows of the read model that refer to both, and PostgreSQL ends one of them. Delete in "
    "one order everywhere, or declare the references without foreign_key=True.",
]
READS_ALL = "Each refresh after such a change reads all of entries: none of its columns is compared by equality there."


def test_plan_says_what_change_in_each_source_affects(shell: Shell) -> None:
    lines = shell.fine("plan").out.splitlines()
    at = lines.index("topics/entry_topics")
    refused = [f"  {each}" for each in REFUSED]
    assert lines[at + 1 : at + 8] == [f"  {OF_ENTRIES}", f"  {OF_TOPIC_TAGS}", f"  {READS_ALL}", *refused, ""]
    assert lines.index("topics/entry_title_topics") == at + 8


def test_plan_json_says_what_change_in_each_source_affects(shell: Shell) -> None:
    [first, second] = shell.fine("plan", "--json").json["explanations"]
    assert first == {
        "read_model": "topics/entry_topics",
        "refresh": [],
        "sources": [
            {"source": "topics.entries", "class": "by key", "sentence": OF_ENTRIES, "notes": []},
            {"source": "topics.topic_tags", "class": "by key", "sentence": OF_TOPIC_TAGS, "notes": [READS_ALL]},
        ],
        "missing_indexes": [],
        "restrictions": REFUSED,
        "row_security": [],
        "time_zone": [],
        "clock": [],
        "narrowed": [],
    }
    assert second["read_model"] == "topics/entry_title_topics"


def test_plan_source_with_row_level_security_warns_about_readers(items_shell: Shell, project: Project) -> None:
    items_shell.run("ALTER TABLE app.items ENABLE ROW LEVEL SECURITY")
    project.declare("SELECT i.id, i.tag FROM items AS i")
    assert "see all rows of app.items, also those that its row-level security hides." in items_shell.fine("plan").out


def test_plan_missing_lookup_index_is_advised(items_shell: Shell, project: Project) -> None:
    items_shell.run("CREATE TABLE app.tags (tag text PRIMARY KEY, label text)")
    project.declare("SELECT i.id, t.label FROM items AS i JOIN tags AS t ON t.tag = i.tag")
    advice = 'CREATE INDEX CONCURRENTLY ON "app"."items" ("tag");'
    out = items_shell.fine("plan").out
    assert f"  No index on app.items (tag). Create one: {advice}\n" in out
    [explained] = items_shell.fine("plan", "--json").json["explanations"]
    assert explained["missing_indexes"] == [{"on": "app.items (tag)", "remedy": f"Create one: {advice}"}]
    items_shell.run(advice)
    assert "No index" not in items_shell.fine("plan").out


def test_plan_sql_prints_capture_and_affected_rows(shell: Shell) -> None:
    out = shell.fine("plan", "--sql").out
    for part in (
        '-- create capture topics.entries, before the backfill\nCREATE OR REPLACE FUNCTION "denorm"."capture_',
        'CREATE OR REPLACE TRIGGER "trg_denorm_truncate" AFTER TRUNCATE ON "topics"."topic_tags"',
        "-- find affected rows topics/entry_topics from topics.entries, after a change\n"
        f"-- {OF_ENTRIES}\nSELECT DISTINCT",
        f"\n-- {OF_TOPIC_TAGS}\nSELECT DISTINCT",
    ):
        assert part in out, part


def test_apply_installs_capture_as_plan_printed_it(shell: Shell) -> None:
    steps = shell.fine("plan", "--sql", "--json").json["steps"]
    texts = [text for step in steps if step["kind"] == "capture" for text in step["sql"]]
    shell.fine("apply")
    installed = shell.rows(
        "SELECT format('COMMENT ON FUNCTION \"denorm\".\"%s\"() IS %L;', proname, obj_description(oid, 'pg_proc'))"
        " FROM pg_proc WHERE pronamespace = 'denorm'::regnamespace AND proname LIKE 'capture@_%' ESCAPE '@'"
    )
    assert len(installed) == 2
    # Each comment carries the hash of the whole function.
    assert {text for text in texts if text.startswith("COMMENT")} == {text for (text,) in installed}


def test_plan_sql_installed_capture_is_not_printed(loaded: Shell) -> None:
    out = loaded.fine("plan", "--sql").out
    assert "TRIGGER" not in out
    assert "-- find affected rows topics/entry_topics from topics.entries, after a change" in out


def test_plan_full_refresh_is_explained_as_whole_view(items_shell: Shell, project: Project) -> None:
    project.declare("SELECT id, rank() OVER (ORDER BY amount) AS rank FROM items", 'key=("id",), refresh=Full()')
    project.write(
        "from denorm_assets.model.refresh import Full\n" + (project.folder / f"{project.module}.py").read_text()
    )
    assert "\nshop/links\n  A change in items refreshes the whole view.\n" in items_shell.fine("plan").out
    assert "affected rows" not in items_shell.fine("plan", "--sql").out


def test_plan_volatile_definition_is_refused(items_shell: Shell, project: Project) -> None:
    project.declare("SELECT id, random() AS r FROM items")
    for options in ((), ("--sql",), ("--json",)):
        message = items_shell.refused("plan", *options)
        assert "links.sql: it cannot be kept right because of random: it is volatile" in message


def test_plan_sql_percent_signs_are_printed_as_run(items_shell: Shell, project: Project) -> None:
    project.declare("SELECT id, tag FROM items WHERE tag LIKE '%1%' AND id % 2 = 0")
    out = items_shell.fine("plan", "--sql").out
    assert out.count("tag ~~ '%1%'::text") >= 3
    assert out.count("id % (2)::bigint") >= 3
    assert "%%" not in out


def test_apply_new_system_creates_tables_and_names_next_command(shell: Shell) -> None:
    outcome = shell.fine("apply")
    assert tables(shell) == TABLES
    assert "topics.entry_topics" in outcome.out
    assert "create" in outcome.out
    assert "table topics.entry_topics: create" in outcome.err
    assert outcome.out.strip().endswith("Load the rows next: `denorm-assets backfill topics`.")


def test_apply_twice_changes_nothing(shell: Shell) -> None:
    shell.fine("apply")
    before = shell.contents()
    again = shell.fine("apply", "--json").json
    assert {step["action"] for step in again} == {"keep"}
    assert shell.contents() == before


def test_apply_live_system_again_changes_nothing(loaded: Shell) -> None:
    before = loaded.contents()
    again = loaded.fine("apply", "--json").json
    assert {step["action"] for step in again} == {"keep"}
    assert loaded.contents() == before
    said = loaded.fine("apply")
    assert (said.out.strip(), said.err) == (f"{len(again)} objects are up to date.", "")
    planned = loaded.fine("plan").out.strip()
    assert planned.startswith(f"{len(again)} objects are up to date.")
    assert planned.endswith("Nothing to do.")
    assert not [
        line for line in loaded.fine("plan", "--sql").out.splitlines() if line.startswith(("-- keep", "COMMENT"))
    ]


def test_apply_live_system_rebuilds_missing_objects(loaded: Shell) -> None:
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


def test_apply_named_system_applies_only_it(items_shell: Shell, project: Project) -> None:
    other = project.folder / f"{project.module}_other.py"
    other.write_text(
        (project.folder / f"{project.module}.py").read_text().replace('"shop"', '"other"').replace('"app"', '"other"')
    )
    both = f"{project.reference},{other.stem}:SYSTEM"
    steps = items_shell.fine("apply", "shop", "--systems", both, "--json").json
    assert {step["system"] for step in steps} == {"shop"}


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_plan_and_apply_unknown_system_lists_known_ones(shell: Shell, command: str) -> None:
    assert shell.refused(command, "topic") == "there is no system 'topic'. Available: topics"
    assert shell.refused(command, "topics/entry_topics") == (
        "there is no system 'topics/entry_topics'. Available: topics"
    )


def test_apply_changed_columns_before_live_recreates_table(items_shell: Shell, project: Project) -> None:
    items_shell.fine("apply")
    project.declare("SELECT id, tag, amount FROM items")
    before = items_shell.contents()
    [table] = [step for step in items_shell.fine("plan", "--json").json["steps"] if step["kind"] == "table"]
    assert (table["action"], table["locks"]) == ("recreate", "ACCESS EXCLUSIVE on it, for an instant: readers wait")
    assert items_shell.contents() == before
    items_shell.fine("apply")
    items_shell.fine("backfill", "shop/links", "--pause", "0")
    items_shell.fine("check", "shop/links")


def test_plan_changed_definition_shows_duration_and_apply_does_it(items_shell: Shell, project: Project) -> None:
    items_shell.fine("apply")
    items_shell.fine("backfill", "shop/links", "--pause", "0")
    items_shell.run("UPDATE pg_class SET reltuples = 900000 WHERE oid = 'app.links'::regclass")
    for definition, action, seconds in (
        ("SELECT id, upper(tag) AS tag FROM items", "rebuild", 10.0),
        ("SELECT id, tag::varchar(9) AS tag FROM items", "replace", 3.0),
    ):
        project.declare(definition)
        out = items_shell.fine("plan").out
        assert "1 steps for `denorm-assets apply`, 0 after the backfill." in out
        [step] = [step for step in items_shell.fine("plan", "--json").json["steps"] if step["action"] != "keep"]
        assert (step["name"], step["action"], step["seconds"]) == ("app.links", action, seconds)
        if action == "rebuild":
            continue
        items_shell.fine("apply")
        assert items_shell.fine("apply", "--json").json == [
            {"system": "shop", "kind": kind, "name": name, "action": "keep"}
            for kind, name in (
                ("control schema", f"denorm (version {migrations()[-1][0]})"),
                ("table", "app.links"),
                ("capture", "app.items"),
            )
        ]
        items_shell.fine("check", "shop/links")


def test_plan_full_refresh_names_refused_alterations(items_shell: Shell, project: Project) -> None:
    project.declare("SELECT tag, sum(amount) AS amount FROM items GROUP BY tag", 'key=("tag",), refresh=Full()')
    project.write(
        "from denorm_assets.model.refresh import Full\n" + (project.folder / f"{project.module}.py").read_text()
    )
    refused = (
        "While the view exists, PostgreSQL refuses ALTER TABLE app.items to change the type of the columns tag, "
        "amount, or to drop any of them without CASCADE; DROP TABLE app.items needs CASCADE, which drops the view "
        "app.links with it."
    )
    assert f"  {refused}\n" in items_shell.fine("plan").out
    items_shell.fine("apply")
    for statement in ("ALTER TABLE app.items ALTER tag TYPE varchar", "ALTER TABLE app.items DROP amount"):
        with pytest.raises(psycopg.DatabaseError):
            items_shell.run(statement)


def test_abort_leftover_table_is_dropped_and_next_step_named(items_shell: Shell, project: Project) -> None:
    items_shell.fine("apply")
    items_shell.run("CREATE TABLE app.denorm_next_1 (id int)")
    assert items_shell.fine("abort", "--json").json == []
    comment = "denorm_assets read model shop/denorm_next_1, code version 0123456789ab"
    items_shell.run(f"COMMENT ON TABLE app.denorm_next_1 IS '{comment}'")
    assert items_shell.fine("abort", "--json").json == [], "a COMMENT can be copied"
    said = items_shell.fine("abort")
    assert (said.out.strip(), said.err) == ("nothing to undo", "")
    items_shell.run("UPDATE denorm.read_model SET beside = 'app.denorm_next_1'::regclass")
    outcome = items_shell.fine("abort", "--json")
    dropped = {"system": "shop", "kind": "leftover", "name": "app.denorm_next_1", "action": "dropped"}
    assert outcome.json == [dropped]
    assert "put its definition back and run `denorm-assets apply`" in outcome.err
    assert items_shell.fine("abort", "--json").json == []


def live_items(items_shell: Shell) -> None:
    items_shell.fine("apply")
    items_shell.fine("backfill", "shop/links", "--pause", "0")
    items_shell.fine("apply")


def rename(project: Project) -> None:
    """Declare another read model in the place of `links`, as another branch may."""
    module = project.folder / f"{project.module}.py"
    project.write(module.read_text().replace('"links"', '"others"'))


def test_apply_undeclared_live_model_without_terminal_is_refused(items_shell: Shell, project: Project) -> None:
    live_items(items_shell)
    rows = items_shell.rows("SELECT * FROM app.links ORDER BY id")
    rename(project)
    planned = items_shell.fine("plan").out
    assert f"app.links: loses live, {len(rows):,} rows; `apply` asks first, or needs --drop-undeclared" in planned
    before = items_shell.contents()
    outcome = items_shell("apply")
    assert outcome.status == 1
    message = outcome.error
    assert (
        f"shop was not applied, because this would be lost:\n  - table app.links (drop): live, {len(rows):,} rows"
        in message
    )
    assert "run `denorm-assets apply shop --drop-undeclared`" in message
    assert items_shell.contents() == before
    assert items_shell.rows("SELECT * FROM app.links ORDER BY id") == rows
    assert items_shell.rows("SELECT to_regclass('app.others')") == [(None,)]


class Terminal(io.StringIO):
    """A person at a terminal, who types so."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("answer", ["n", "y"])
def test_apply_undeclared_live_model_asks_at_terminal(
    items_shell: Shell, project: Project, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    live_items(items_shell)
    rename(project)
    monkeypatch.setattr(sys, "stdin", Terminal(f"{answer}\n"))
    outcome = items_shell("apply")
    assert "table app.links (drop): live, 2,500 rows\nDrop it? [y/N]" in outcome.err
    assert outcome.status == (0 if answer == "y" else 1)
    left = items_shell.rows("SELECT count(*) FROM pg_class WHERE oid = to_regclass('app.links')")
    assert left == [(0 if answer == "y" else 1,)]


@pytest.mark.parametrize("option", ["--yes", "--drop-undeclared"])
def test_apply_undeclared_live_model_with_option_drops_it(items_shell: Shell, project: Project, option: str) -> None:
    live_items(items_shell)
    rename(project)
    dropped = [step["name"] for step in items_shell.fine("apply", option, "--json").json if step["action"] == "drop"]
    assert dropped == ["app.links"]


def test_apply_existing_table_needs_adopt_option(items_shell: Shell, project: Project) -> None:
    items_shell.run(
        "CREATE TABLE app.links AS SELECT id, tag FROM app.items; UPDATE app.links SET tag = 'x' WHERE id = 1"
    )
    items_shell.run("ALTER TABLE app.links ADD PRIMARY KEY (id), ALTER id SET NOT NULL")
    before = items_shell.contents()
    for command in ("plan", "apply"):
        assert "denorm-assets apply --adopt shop/links" in items_shell.refused(command)
        assert "does not name a read model" in items_shell.refused(command, "--adopt", "shop")
        assert "there is no read model 'shop/none'" in items_shell.refused(command, "--adopt", "shop/none")
    said = (
        "rows of the table that are not in the definition, which the backfill removes or corrects: 1; "
        "rows of the definition that are not in the table: 1"
    )
    assert f"app.links: {said}" in items_shell.fine("plan", "--adopt", "shop/links").out
    assert items_shell.contents() == before
    assert said in items_shell.fine("apply", "--adopt", "shop/links").err
    items_shell.fine("backfill", "shop/links", "--pause", "0")
    items_shell.fine("check", "shop/links")
