"""`apply --phase` and `abort --phase`: changes of the application's own tables, one by one and back."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from tests.support.identifiers.library import fill, shape
from tests.support.shell import Shell


@pytest.fixture
def library(
    shell_on: Callable[[str], Shell], new_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    """A library with text identifiers, and nothing done to them yet."""
    url = new_database("template0")
    fill(url, people=10, books=20, tags=5, book_tags=10)
    shell = shell_on(url)
    monkeypatch.setenv("DENORM_SYSTEMS", "tests.support.identifiers.library:LIBRARY")
    return shell


def done(shell: Shell, phase: str) -> set[str]:
    rows = shell.fine("apply", "library", "--phase", phase, "--json").json
    return {row["action"] for row in rows} - {"keep"}


def test_apply_phases_one_by_one_abort_restores_schema(library: Shell) -> None:
    before = shape(library.url)
    assert [done(library, f"phase_{number}") for number in (1, 2, 3, 3)] == [
        {"migrate", "create"},
        {"fill"},
        {"create", "set", "move"},
        set[str](),
    ]
    library.fine("abort", "library", "--phase", "phase_3")
    assert shape(library.url) == before
    assert library.fine("abort", "library", "--phase", "phase_3", "--json").json == []


def test_abort_phase_with_dependent_view_is_refused(library: Shell) -> None:
    for number in (1, 2, 3):
        done(library, f"phase_{number}")
    with psycopg.connect(library.url, autocommit=True) as connection:
        connection.execute("CREATE VIEW library.shelf AS SELECT uid, title FROM library.books")
        there = shape(library.url)
        refused = library("abort", "library", "--phase", "phase_3")
        assert refused.status == 1
        assert "library.shelf read uuid columns of library.books" in refused.err
        assert "undo what made them, or drop them, first" in refused.err
        assert shape(library.url) == there
        connection.execute("DROP VIEW library.shelf")
    library.fine("abort", "library", "--phase", "phase_3")


def test_apply_phase_without_undo_runs_only_by_name(library: Shell) -> None:
    library.fine("apply", "library")
    assert ("people", "id", "character varying(255)", True) in shape(library.url)
    assert done(library, "phase_4") == {"drop"}
    refused = library("abort", "library", "--phase", "phase_3")
    assert refused.status == 1
    assert "was dropped, and what it held is gone" in refused.err


def test_plan_contract_phase_shows_confirmation_code(library: Shell) -> None:
    assert library.fine("plan", "--json").json["confirmations"] == {}
    library.fine("apply", "library")
    [(phase, code)] = library.fine("plan", "--json").json["confirmations"].items()
    assert phase == "library/phase_4"
    assert f"{phase} cannot be undone. To start it in Dagster, give it `confirm: {code}`" in library.fine("plan").out
    done(library, "phase_4")
    assert code not in library.fine("plan").out
