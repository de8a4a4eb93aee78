"""Every command of the shell on all shipped systems, once they are live, each in a process of its own."""

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
from tests.live import bring_up

_SYSTEMS = (TOPICS, SOCIAL, GALLERY, NOTEBOOKS)
_ALL_INSTALLED = "objects are installed as they were made"


@pytest.mark.timeout(900)
def test_every_command_runs_on_all_shipped_systems(new_database: Callable[[str], str], tmp_path: Path) -> None:
    """Nothing is out of date for a process that orders its sets otherwise."""
    url = new_database("template0")
    database = Database(url)
    for system in _SYSTEMS:
        load_sample(database, system, 300 if system is TOPICS else None)
        bring_up(database, system)
    database.close()
    seeds = iter(range(1, 1_000))

    def run(*words: str, status: int = 0) -> str:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("DENORM_")},
            "DENORM_HOME": str(tmp_path / "home"),
            "DENORM_DATABASE_URL": url,
            "DENORM_SYSTEMS": ",".join(f"denorm_assets.systems.{system.name}:SYSTEM" for system in _SYSTEMS),
            "PYTHONHASHSEED": str(next(seeds)),
        }
        done = subprocess.run(
            [Path(sys.executable).parent / "denorm-assets", *words],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, f"{words}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done.stdout

    assert _ALL_INSTALLED in run("status", "--objects")
    run("plan")
    assert "CREATE" in run("plan", "--sql")
    run("apply")
    assert _ALL_INSTALLED in run("status", "--objects")
    run("abort")
    for words in (("status",), ("refresh",), ("reconcile",), ("audit",), ("flag",)):
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
