"""`load` lets virtual users read pages, as declared or as the options say."""

from __future__ import annotations

import pytest

from tests.support.shell import Project, Shell

DECLARATION = """\
from pathlib import Path
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Load, QueryPair, Stages, System

HERE = Path(__file__).parent
PAGE = QueryPair("page", SqlFile(HERE / "before.sql"), SqlFile(HERE / "after.sql"), {})
LOAD = Load(users=3, think_seconds=0.1, p95_ms=60_000, stages=Stages(ramp=1, steady=2, ramp_down=1))
SYSTEM = System(name="shop", schema="app", phases=(), queries=(PAGE,), load=LOAD)
"""


@pytest.fixture
def reading(items_shell: Shell, project: Project) -> Shell:
    """A shell over a system whose page failed as it was before."""
    project.write(DECLARATION)
    (project.folder / "before.sql").write_text("SELECT id / 0 FROM items")
    (project.folder / "after.sql").write_text("SELECT id FROM items LIMIT 10")
    return items_shell


def test_load_declared_users_read_pages(reading: Shell) -> None:
    found = reading.fine("load", "shop", "--json").json
    assert (found["users"], found["passed"], found["total"]["failures"]) == (3, True, 0)
    assert [page["query"] for page in found["pages"]] == ["page"]
    assert max(moment["users"] for moment in found["timeline"]) == 3


def test_load_options_override_and_many_errors_exit_1(reading: Shell) -> None:
    outcome = reading("load", "shop", "--before", "--users", "2", "--steady", "1", "--ramp-down", "0")
    assert outcome.status == 1
    assert "2 users, " in outcome.out
    assert "100.00% errors (limit 1%); for example" in outcome.out


def test_load_system_without_load_is_refused(shell: Shell) -> None:
    assert shell.refused("load", "topics") == "the system topics declares no load, so there is nothing to test"
