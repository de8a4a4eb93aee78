"""Projects that `create-dagster` makes, and `dg` in them."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class CreatedProject:
    """A project that `create-dagster` made.

    Attributes:
        home: a folder in which nothing of a person is.
    """

    root: Path
    home: Path

    @classmethod
    def create(cls, folder: Path, name: str) -> CreatedProject:
        """Make one in `folder`."""
        home = folder / "home"
        home.mkdir()
        made = cls(folder / name, home)
        made.run(f"create-dagster project {name} --no-uv-sync", folder)
        return made

    @property
    def defs(self) -> Path:
        """Its `defs` folder."""
        return self.root / "src" / self.root.name / "defs"

    def run(self, command: str, folder: Path | None = None) -> str:
        """What a command prints that succeeds."""
        ended = self.ended(command, folder)
        assert ended.returncode == 0, f"{command}\n{ended.stdout}\n{ended.stderr}"
        return ended.stdout

    def ended(self, command: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        """A command that came to its end."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("DENORM_", "DAGSTER_", "COV_"))
        }
        environment = {
            **kept,
            "PATH": f"{_BIN}:{os.environ['PATH']}",
            "HOME": str(self.home),
            # As after `pip install -e .`, which would need the registry.
            "PYTHONPATH": str(self.root / "src"),
            "PYTHONWARNINGS": "ignore",
            "VIRTUAL_ENV": str(_BIN.parent),
            "DAGSTER_DISABLE_TELEMETRY": "1",
            "DAGSTER_DG_UPDATE_CHECK_ENABLED": "0",
            "COLUMNS": "200",
        }
        words = command.split()
        return subprocess.run(
            words, cwd=folder or self.root, env=environment, capture_output=True, text=True, check=False, timeout=240
        )
