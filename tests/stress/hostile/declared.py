"""The system that a scenario declares, as every command finds it: `tests.stress.hostile.declared:SYSTEM`."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

from denorm_assets.model.system import System

FILE = "HOSTILE_SYSTEM"
"""Variable that names the file with the system."""
REFERENCE = f"{__name__}:SYSTEM"


def __getattr__(name: str) -> System:
    # Read anew each time: a scenario changes its declaration while the process goes on.
    if name != "SYSTEM":
        raise AttributeError(name)
    return pickle.loads(Path(os.environ[FILE]).read_bytes())


def declare(file: Path, system: System) -> None:
    """Write `system` to `file`, from which SYSTEM is read."""
    file.write_bytes(pickle.dumps(system))
