"""Definitions that cannot be used: file and line, the reason, what to do; nothing is created."""

from __future__ import annotations

import pytest

from tests.support.shell import Project, Shell


def refused(shell: Shell, project: Project, definition: str, fields: str | None = None) -> str:
    """The message of `apply`, the same as that of `plan`, without the project's folder; nothing was changed."""
    if fields is None:
        project.declare(definition)
    else:
        project.declare(definition, fields)
    before = shell.contents()
    message = shell.refused("apply")
    assert shell.refused("plan") == message
    assert shell.contents() == before
    return message.replace(f"{project.folder}/", "")


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        ("SELECT id, tag FROM", "links.sql:1: syntax error near 'FROM'. Correct the SELECT there"),
        (
            "-- one\n/* two\nthree */\nSELECT id,\n\n    tag FROM items WHERE\n-- seven\nORDER BY id",
            "links.sql:8: syntax error near 'ORDER BY'. Correct the SELECT there",
        ),
        (
            "SELECT id, 'x AS tag FROM items",
            "links.sql: a quotation mark or a comment is opened and never closed. Close it",
        ),
        (
            "UPDATE items SET tag = 'x'",
            "links.sql:1: a definition is one SELECT. Keep one SELECT in the file and remove everything else",
        ),
        # These are grammar to the parser, and to PostgreSQL a mistake.
        (
            "SELECT id, tag\nFROM items AS i FOR KEY UPDATE OF nothing",
            "links.sql:2: syntax error near 'FOR'. Correct the SELECT there",
        ),
        # PostgreSQL takes these as a view, and cannot run them.
        (
            "SELECT i.id, i.tag, (SELECT count(*) FROM items AS x FULL JOIN items AS o ON o.amount > x.amount) AS n"
            " FROM items AS i",
            "links.sql: FULL JOIN is only supported with merge-joinable or hash-joinable join conditions. Correct the"
            " SELECT there",
        ),
        ("SELECT id, tag, 1 / 0 AS n FROM items", "links.sql: division by zero. Correct the SELECT there"),
        (
            "-- 100 % {sure}\nSELECT id, tag\nFROM items\nGROUP BY id\nHAVING sum(tag) > 1",
            "links.sql:5: function sum(text) does not exist (No function matches the given name and argument types. "
            "You might need to add explicit type casts). Correct the function's name or the types of its arguments "
            "(a cast may be missing)",
        ),
    ],
)
def test_apply_syntax_error_in_definition_names_line(
    items_shell: Shell, project: Project, definition: str, message: str
) -> None:
    assert refused(items_shell, project, definition) == message


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        (
            "SELECT id,\n  -- the tag, '%s' {}\n  tags\nFROM items",
            'links.sql:3: column "tags" does not exist (Perhaps you meant to reference the column "items.tag"). '
            "Correct the column's name, or add the column to the table first",
        ),
        (
            "/* ñandú 🦆\n   two\n   three */\nSELECT id, 'ñ 🦆 %d' || tag AS tag\nFROM items\nWHERE\n\n  nothing = 1",
            'links.sql:8: column "nothing" does not exist. Correct the column\'s name, or add the column to the table '
            "first",
        ),
        (
            "SELECT id, tag FROM items\nUNION ALL\nSELECT id, tag FROM itmes",
            'links.sql:3: relation "itmes" does not exist. Correct the table\'s name, or create the table first '
            "(the application's own come before apply)",
        ),
        (
            "\r\n\r\nSELECT id, tag\r\nFROM items\r\nJOIN app.nowhere USING (id)",
            'links.sql:5: relation "app.nowhere" does not exist. Correct the table\'s name, or create the table first '
            "(the application's own come before apply)",
        ),
        (
            "SELECT i.id, tag\nFROM items AS i\nJOIN items AS j ON j.id = i.id",
            'links.sql:1: column reference "tag" is ambiguous. Write the table\'s alias before the column',
        ),
        (
            "SELECT id, tag, tag\nFROM items",
            'links.sql: column "tag" specified more than once. Give each output column a name of its own with AS',
        ),
        (
            "SELECT id,\n  missing_function(tag) AS tag FROM items",
            "links.sql:2: function missing_function(text) does not exist (No function matches the given name and "
            "argument types. You might need to add explicit type casts). Correct the function's name or the types of "
            "its arguments (a cast may be missing)",
        ),
        (
            "SELECT id, tag FROM items GROUP BY tag",
            'links.sql:1: column "items.id" must appear in the GROUP BY clause or be used in an aggregate function. '
            "Correct the SELECT there",
        ),
        (
            "SELECT id, tag FROM items;\n-- the end\n;",
            None,
        ),
    ],
)
def test_apply_unknown_name_in_definition_names_line(
    items_shell: Shell, project: Project, definition: str, message: str | None
) -> None:
    if message is None:
        project.declare(definition)
        items_shell.fine("apply")
    else:
        assert refused(items_shell, project, definition) == message


KEY_ID, BY_ID = 'key=("id",), ', 'backfill=IdRanges("items.id")'


@pytest.mark.parametrize(
    ("definition", "fields", "message"),
    [
        (
            "SELECT id, tag FROM items",
            'key=("id", "colour"), ' + BY_ID,
            "links.sql: the key column colour is not an output column (there are id, tag). "
            "Select it, or correct `key` at {module}:8",
        ),
        (
            "SELECT id, tag FROM items",
            KEY_ID + 'indexes=(Index("colour DESC"),), references=(references("topic", "topics.id"),), ' + BY_ID,
            "links.sql: an index or reference names colour, topic, which is not an output column. "
            "Select it, or correct the declaration at {module}:8",
        ),
        (
            "SELECT id + 0 AS id, tag FROM items",
            KEY_ID + BY_ID,
            "links.sql: the driving column items.id is not an output column. Select it as it is, "
            "for example items.id AS id, with the table's alias before it; or drive the backfill by an ID column "
            "that is selected; or leave `backfill` out, and all rows are written at once",
        ),
        (
            "SELECT id, tag FROM items",
            'key=("tag",), ' + BY_ID,
            "links.sql: the driving column items.id is selected as id, which is not part of the key (tag). Add it to "
            "`key`, or choose a driving column that is in it; a range could not tell its rows apart",
        ),
        (
            "SELECT id, tag FROM items",
            'key=("tag",), backfill=IdRanges("items.tag")',
            "links.sql: the driving column tag is of type text, which has no ID ranges. "
            "Drive the backfill by a column of type smallint, integer, bigint or uuid",
        ),
        (
            "(VALUES (1))",
            KEY_ID + BY_ID,
            "links.sql: the output columns are not named (VALUES leaves them open). "
            "Write SELECT with a name for each column",
        ),
    ],
)
def test_apply_declaration_not_fitting_definition_is_refused(
    items_shell: Shell, project: Project, definition: str, fields: str, message: str
) -> None:
    assert refused(items_shell, project, definition, fields) == message.format(module=f"{project.module}.py")


@pytest.mark.parametrize("target", ["nowhere.id", "items.nothing"])
def test_apply_reference_to_missing_table_or_column_is_refused(
    items_shell: Shell, project: Project, target: str
) -> None:
    fields = f'{KEY_ID}{BY_ID}, references=(references("id", "{target}", foreign_key=True),)'
    assert f"app.{target}" in refused(items_shell, project, "SELECT id, tag FROM items", fields)


def test_apply_source_found_by_search_path_is_read_or_refused(items_shell: Shell, project: Project) -> None:
    items_shell.run("CREATE TABLE public.things (id bigint PRIMARY KEY, tag text); INSERT INTO things VALUES (1, 'x')")
    project.declare("SELECT id, tag FROM things", f'{KEY_ID}backfill=IdRanges("things.id")')
    outcome = items_shell("apply")
    if outcome.status == 0:
        items_shell.fine("backfill", "shop", "--pause", "0")
        items_shell.fine("check", "shop")
    else:
        assert "public.things" in outcome.error


def test_apply_source_in_other_schema_is_read(items_shell: Shell, project: Project) -> None:
    items_shell.run("CREATE TABLE public.things (id bigint PRIMARY KEY, tag text); INSERT INTO things VALUES (1, 'x')")
    project.declare("SELECT id, tag FROM public.things", f'{KEY_ID}backfill=IdRanges("public.things.id")')
    items_shell.fine("apply")
    items_shell.fine("backfill", "shop", "--pause", "0")
    assert items_shell.rows("SELECT * FROM app.links") == [(1, "x")]
