"""The fixed SQL: each query under its heading, migrations in order."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

import denorm_assets
from denorm_assets.sql import control
from denorm_assets.sql.control import migrations, query

SUBJECTS = {
    file.name.removesuffix(".sql"): file.read_text(encoding="utf-8")
    for file in files(control).iterdir()
    if file.name.endswith(".sql")
}
CODE = "\n".join(path.read_text(encoding="utf-8") for path in Path(denorm_assets.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("subject", SUBJECTS)
def test_headings_are_unique_and_nothing_stands_before_the_first(subject: str) -> None:
    headings = re.findall(r"^-- (\w+) --$", SUBJECTS[subject], re.MULTILINE)
    assert len(set(headings)) == len(headings) > 0
    assert SUBJECTS[subject].startswith(f"-- {headings[0]} --\n")


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_query_is_one_statement_and_used_somewhere(subject: str) -> None:
    for heading in re.findall(r"^-- (\w+) --$", SUBJECTS[subject], re.MULTILINE):
        text = query(subject, heading).text
        assert text.endswith(";")
        assert text.count(";") == 1, heading
        assert f'"{heading}"' in CODE, f"{subject}.{heading} is used nowhere"


def test_parameters_are_bound_by_name() -> None:
    assert query("models", "find", system="topics", name="x").params == {"system": "topics", "name": "x"}


def test_an_unknown_heading_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        query("models", "no_such_query")


def test_migrations_are_numbered_without_gaps() -> None:
    versions = [version for version, _, _ in migrations()]
    assert versions == list(range(1, len(versions) + 1))
    assert all(text.strip() and name for _, name, text in migrations())
