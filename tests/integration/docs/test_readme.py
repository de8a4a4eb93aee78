"""The README is short, shows what ships, and its commands run as a person types them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from denorm_assets.systems.topics.declaration import ENTRY_TOPICS
from tests.integration.docs.pages import README

_LONGEST = 150


def test_readme_has_at_most_150_lines() -> None:
    assert len(README.text.splitlines()) <= _LONGEST


def test_readme_definition_equals_shipped_one() -> None:
    shown, *_ = README.blocks("sql")
    assert shown.split("\n", 1)[1].strip() == ENTRY_TOPICS.definition.text.split("\n", 1)[1].strip()


def test_readme_commands_run_in_order(environment: dict[str, str], tmp_path: Path) -> None:
    assert len(README.shell_commands) >= 5
    for command in README.shell_commands:
        done = subprocess.run(
            ["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
