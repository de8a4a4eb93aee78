"""The fixed SQL: each query under its heading, migrations in order."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest
import sqlglot

import denorm_assets
from denorm_assets.sql import control
from denorm_assets.sql.control import migrations, query

SUBJECTS = {
    file.name.removesuffix(".sql"): file.read_text(encoding="utf-8")
    for file in files(control).iterdir()
    if file.name.endswith(".sql")
}
HEADING = re.compile(r"^-- (\w+) --$", re.MULTILINE)
CODE = "\n".join(path.read_text(encoding="utf-8") for path in Path(denorm_assets.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("subject", SUBJECTS)
def test_control_sql_headings_are_unique_and_come_first(subject: str) -> None:
    headings = HEADING.findall(SUBJECTS[subject])
    assert len(set(headings)) == len(headings) > 0
    assert SUBJECTS[subject].startswith(f"-- {headings[0]} --\n")


@pytest.mark.parametrize("subject", SUBJECTS)
def test_control_sql_every_query_is_one_statement(subject: str) -> None:
    for heading in HEADING.findall(SUBJECTS[subject]):
        tokens = [token.text for token in sqlglot.tokenize(query(subject, heading).text, dialect="postgres")]
        assert tokens.count(";") == 1, heading
        assert tokens[-1] == ";", heading


@pytest.mark.parametrize("subject", SUBJECTS)
def test_control_sql_every_query_is_used(subject: str) -> None:
    unused = [heading for heading in HEADING.findall(SUBJECTS[subject]) if f'"{heading}"' not in CODE]
    assert unused == []


def test_control_query_parameters_are_bound_by_name() -> None:
    assert query("models", "set_state", model_id=1, state="x").params == {"model_id": 1, "state": "x"}


def test_control_query_unknown_heading_raises_key_error() -> None:
    with pytest.raises(KeyError):
        query("models", "no_such_query")


def test_migrations_are_numbered_without_gaps() -> None:
    versions = [version for version, _, _ in migrations()]
    assert versions == list(range(1, len(versions) + 1))
    assert all(text.strip() and name for _, name, text in migrations())
