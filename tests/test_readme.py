"""The README's commands are run, in its order, and its claims about files hold."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from denorm_assets.systems.topics.declaration import ENTRY_TOPICS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
_BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)
SHELL_LINES = [
    line.split("   #")[0].strip()
    for language, block in _BLOCKS
    if language == "sh"
    for line in block.splitlines()
    if line.strip()
]
COMMANDS = [line for line in SHELL_LINES if line.startswith(("denorm-assets ", "dagster "))]


def test_the_two_commands_and_every_make_target_that_is_named_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"\bmake ([a-z-]+)", README))
    assert {"dev", "test"} <= named
    assert [target for target in sorted(named) if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


def test_the_definition_shown_is_the_one_that_ships() -> None:
    shown = next(block for language, block in _BLOCKS if language == "sql")
    assert shown.split("\n", 1)[1].strip() == ENTRY_TOPICS.definition.text.split("\n", 1)[1].strip()


def test_pictures_exist() -> None:
    for picture in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README):
        assert (ROOT / picture).is_file(), picture


@pytest.fixture
def environment(topics_url: str, new_database: Callable[[str], str], tmp_path: Path) -> dict[str, str]:
    """What `make dev` sets, with databases of this test's own."""
    for file in ("dagster.yaml", "workspace.yaml"):
        shutil.copyfile(ROOT / file, tmp_path / file)
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONWARNINGS": "ignore",
        "DENORM_HOME": str(tmp_path / "home"),
        "DENORM_DATABASE_URL": topics_url,
        "DENORM_SYSTEMS": "denorm_assets.systems.topics:SYSTEM",
        "DENORM_DAGSTER_URL": new_database("template0"),
        "DAGSTER_HOME": str(tmp_path),
    }


def test_the_commands_run_in_the_order_in_which_they_are_read(environment: dict[str, str], tmp_path: Path) -> None:
    for command in COMMANDS:
        done = subprocess.run(
            ["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    assert len(COMMANDS) >= 10
