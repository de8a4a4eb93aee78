"""A text in dollar quotes is what PostgreSQL reads there, whatever names it contains."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from denorm_assets.db.postgres.compose import show
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.capture import capture_function
from denorm_assets.sql.capture.dollar_quotes import dollar_quoted, quoted_text
from denorm_assets.sql.statement import Statement
from denorm_assets.sql.table_changes import soft_deletes, uuid_keys
from denorm_assets.sql.table_changes.soft_deletes import KeyPart
from denorm_assets.sql.table_changes.uuid_keys import Twin

PIECES = st.sampled_from(["$", "$$", "capture", "$capture$", "$capture_1$", "_1", "keep", "soft_delete", "END ", "\n"])
ODD = st.one_of(
    st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=6).map("".join),
    st.text(max_size=20),
)
NAMES = ODD.map(lambda text: text.replace("\x00", "")).filter(bool)


def as_postgres_reads(statement: str) -> tuple[str, str]:
    """The text in the first dollar quotes outside of quoted names, and what follows it: as PostgreSQL's lexer does."""
    at = 0
    while True:
        if statement[at] == '"':
            at = statement.index('"', at + 1) + 1
        elif found := re.compile(r"\$(?:[A-Za-z_][A-Za-z_0-9]*)?\$").match(statement, at):
            text, _, rest = statement[found.end() :].partition(found[0])
            return text, rest
        else:
            at += 1


@given(text=ODD, tag=st.sampled_from(["capture", "keep"]))
@example(text="ends with $capture", tag="capture")
@example(text="$capture$ $capture_1$", tag="capture")
@example(text="keep$", tag="keep")
def test_dollar_quoted_any_text_is_read_back_unchanged(text: str, tag: str) -> None:
    assert as_postgres_reads(dollar_quoted(text, tag)) == (text, "")
    assert quoted_text(f"CREATE FUNCTION f() AS {dollar_quoted(text, tag)}") == text


def test_dollar_quoted_tag_changes_only_when_text_contains_it() -> None:
    assert dollar_quoted("BEGIN", "capture") == "$capture$BEGIN$capture$"
    assert dollar_quoted('"my$capture"', "capture") == '$capture$"my$capture"$capture$'
    assert dollar_quoted('"x$capture$y"', "capture") == '$capture_1$"x$capture$y"$capture_1$'


@given(names=st.lists(NAMES, min_size=3, max_size=3))
@example(names=["x$capture$y", "x$keep$y", "$soft_delete$"])
@example(names=["AS $soft_delete$", "AS $keep$", "AS $capture$"])
def test_dollar_quoted_function_bodies_end_where_they_should(names: list[str]) -> None:
    schema, table, column = names
    of = TableName(table, schema)
    made: dict[str, Statement] = {
        "capture": capture_function.create_function(1, [column], [column, table]),
        "identifiers": uuid_keys.create_function(of, [Twin(column, f"{column}2")]),
        "soft deletes": soft_deletes.create_function(of, (KeyPart(column, (schema, "=")),), ()),
        "undo": soft_deletes.drop_view_and_function(of, unmarked=True),
    }
    quoted = '"' + column.replace('"', '""') + '"'
    for which, statement in made.items():
        text, rest = as_postgres_reads(show(statement))
        assert rest == ""
        assert quoted_text(show(statement)) == text
        assert text.endswith("END ")
        assert which == "undo" or quoted in text


def test_capture_function_odd_names_kept_form_is_whole_text() -> None:
    created = show(capture_function.create_function(1, ["x$capture$y"], ["x$capture$y"], {"x$capture$y": "date"}))
    body, settings = capture_function.kept_form(created)
    assert body.startswith("\n#variable_conflict")
    assert body.endswith("END ")
    assert settings == ["search_path=pg_catalog, pg_temp", "DateStyle=ISO, YMD", "TimeZone=UTC"]
