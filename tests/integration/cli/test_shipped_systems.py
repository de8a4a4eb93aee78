"""Every command of the shell on all shipped systems, once they are live."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.sample_data import load_sample
from denorm_assets.systems.gallery import SYSTEM as GALLERY
from denorm_assets.systems.notebooks import SYSTEM as NOTEBOOKS
from denorm_assets.systems.social import SYSTEM as SOCIAL
from denorm_assets.systems.topics import SYSTEM as TOPICS
from tests.support.live import bring_up
from tests.support.sampling import WHOLE
from tests.support.shell import Outcome, Shell

_SYSTEMS = (TOPICS, SOCIAL, GALLERY, NOTEBOOKS) if WHOLE else (TOPICS, NOTEBOOKS)
_ALL_INSTALLED = "objects are installed as they were made"
_SCALES = {"topics": 300, "social": 200, "gallery": 100, "notebooks": 100}


@pytest.fixture
def shipped(
    shell_on: Callable[[str], Shell], new_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    """A shell over a database in which all shipped systems are live."""
    url = new_database("template0")
    database = Database(url)
    for system in _SYSTEMS:
        load_sample(database, system, _SCALES[system.name])
        bring_up(database, system)
    database.close()
    monkeypatch.setenv("DENORM_SYSTEMS", ",".join(f"denorm_assets.systems.{each.name}:SYSTEM" for each in _SYSTEMS))
    return shell_on(url)


def in_a_process(seed: int, *words: str) -> str:
    """What a command prints in a process that orders its sets as `seed` says."""
    done = subprocess.run(
        [Path(sys.executable).parent / "denorm-assets", *words],
        env={**os.environ, "PYTHONHASHSEED": str(seed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    return done.stdout


@pytest.mark.timeout(900)
def test_commands_all_shipped_systems_succeed(shipped: Shell) -> None:
    def run(*words: str, status: int = 0) -> str:
        done: Outcome = shipped(*words)
        assert done.status == status, f"{words}\n{done.out}\n{done.err}"
        assert "Traceback" not in done.err
        return done.out

    assert _ALL_INSTALLED in run("status", "--objects")
    run("plan")
    assert "CREATE" in run("plan", "--sql")
    # Nothing is out of date for processes that order their sets otherwise.
    in_a_process(1, "apply")
    assert in_a_process(2, "plan", "--json") == in_a_process(3, "plan", "--json")
    assert _ALL_INSTALLED in run("status", "--objects")
    run("abort")
    for words in (("status",), ("explain",), ("refresh",), ("reconcile",), ("audit",), ("flag",)):
        run(*words)
    for system in _SYSTEMS:
        assert "CREATE ROLE" in run("roles", system.name)
        run("backfill", system.name)
        changes_tables = 0 if system is NOTEBOOKS else 2
        run("verify", system.name, status=changes_tables)
        run("purge", system.name, "--older-than-days", "30", "--dry-run", status=changes_tables)
    run("check")
    run("uninstall", "--dry-run")
    assert _ALL_INSTALLED in run("status", "--objects")
