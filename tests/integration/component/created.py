"""Projects that `create-dagster` makes, and `dg` in them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class CreatedProject:
    """A project that `create-dagster` made.

    Attributes:
        home: a folder in which nothing of a person is.
        settings: environment variables of its own.
    """

    root: Path
    home: Path
    settings: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def create(cls, folder: Path, name: str, settings: Mapping[str, str] | None = None) -> CreatedProject:
        """Make one in `folder`."""
        home = folder / "home"
        home.mkdir()
        made = cls(folder / name, home, settings or {})
        made.run(f"create-dagster project {name} --no-uv-sync", folder)
        return made

    @property
    def defs(self) -> Path:
        """Its `defs` folder."""
        return self.root / "src" / self.root.name / "defs"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its commands."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("DENORM_", "DAGSTER_", "COV_"))
        }
        return {
            **kept,
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "HOME": str(self.home),
            # As after `pip install -e .`, which would need the registry.
            "PYTHONPATH": str(self.root / "src"),
            "PYTHONWARNINGS": "ignore",
            "VIRTUAL_ENV": str(BIN.parent),
            "DAGSTER_DISABLE_TELEMETRY": "1",
            "DAGSTER_DG_UPDATE_CHECK_ENABLED": "0",
            "COLUMNS": "200",
            **self.settings,
        }

    def run(self, command: str, folder: Path | None = None) -> str:
        """What a command prints that succeeds."""
        ended = self.ended(command, folder)
        assert ended.returncode == 0, f"{command}\n{ended.stdout}\n{ended.stderr}"
        return ended.stdout

    def ended(self, command: str, folder: Path | None = None, **settings: str) -> subprocess.CompletedProcess[str]:
        """A command that came to its end, with environment variables more."""
        return subprocess.run(
            command.split(),
            cwd=folder or self.root,
            env={**self.environment, **settings},
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
