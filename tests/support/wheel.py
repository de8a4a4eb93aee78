"""The wheel in a virtual environment of its own, outside of the checkout.

Packages come from where pip finds them, in the versions of the lock.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_LOCK = ROOT / "requirements.lock"
_STRANGE = ("DENORM_", "DAGSTER_", "PYTHON", "PYTEST", "VIRTUAL_ENV")


@dataclass(frozen=True)
class Venv:
    """A virtual environment."""

    folder: Path

    @property
    def packages(self) -> Path:
        """The folder that its packages are in."""
        [found] = (self.folder / "lib").glob("python*/site-packages")
        return found

    def install(self, *words: str) -> None:
        """Have pip install something there."""
        pip("--python", str(self.folder / "bin" / "python"), "install", *words)

    def run(self, url: str | None, folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment in `folder`."""
        command = [str(self.folder / "bin" / words[0]), *words[1:]]
        return subprocess.run(
            command, cwd=folder, env=environment(url, **variables), capture_output=True, text=True, check=False
        )

    def fine(self, url: str, folder: Path, *words: str, **variables: str) -> str:
        """Run one that succeeds; what it prints."""
        done = self.run(url, folder, *words, **variables)
        assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
        return done.stdout


def new_venv(folder: Path) -> Venv:
    """An environment without packages, not even pip."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return Venv(folder)


def environment(url: str | None, **variables: str) -> dict[str, str]:
    """What a person has who knows nothing of us but the URL of a database."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_STRANGE)}
    return {**kept, **({} if url is None else {"DENORM_DATABASE_URL": url}), "PYTHONWARNINGS": "ignore", **variables}


def pip(*words: str) -> None:
    """Run pip quietly."""
    done = subprocess.run([sys.executable, "-m", "pip", "-q", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def build_wheel(folder: Path) -> Path:
    """Build the wheel of this checkout in `folder`, as `make wheel` does; its path."""
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT))
    [wheel] = folder.glob("denorm_assets-*.whl")
    return wheel


def locked_versions(folder: Path) -> Path:
    """The versions of the lock, in a file in `folder` that pip takes as constraints."""
    constraints = folder / "constraints.txt"
    constraints.write_text("\n".join(re.findall(r"^([a-z0-9-]+==[^\\\n]+?) \\$", _LOCK.read_text(), re.MULTILINE)))
    return constraints
