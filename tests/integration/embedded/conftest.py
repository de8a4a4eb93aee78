"""Homes for real servers; every server started in one is stopped, and every folder made for it removed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

import denorm_assets
from denorm_assets.embedded.postgres import EmbeddedPostgres, PostgresOptions
from denorm_assets.embedded.valkey import EmbeddedValkey

SMALL_AND_QUICK = {"shared_buffers": "16MB", "fsync": "off"}


@pytest.fixture
def make_home() -> Generator[Callable[..., Path]]:
    """A function that makes a home below a new folder of the given mode."""
    homes: list[Path] = []

    def make(mode: int = 0o755) -> Path:
        clone = Path(tempfile.mkdtemp(prefix="denorm-test-"))
        clone.chmod(mode)
        homes.append(clone / ".denorm")
        return homes[-1]

    yield make
    for home in homes:
        EmbeddedPostgres(home).stop()
        EmbeddedValkey(home).stop()
        link = home / "postgres"
        if link.is_symlink():
            shutil.rmtree(link.readlink().parent, ignore_errors=True)
        shutil.rmtree(home.parent)


@pytest.fixture
def home(make_home: Callable[..., Path]) -> Path:
    """A home that everyone can enter, not created yet."""
    return make_home()


@pytest.fixture
def postgres(home: Path) -> EmbeddedPostgres:
    """A server of `home`, not started yet, with few buffers and no fsync."""
    return EmbeddedPostgres(home, PostgresOptions(settings=SMALL_AND_QUICK))


@pytest.fixture
def valkey(home: Path) -> EmbeddedValkey:
    """A server of `home`, not started yet."""
    return EmbeddedValkey(home)


@pytest.fixture
def run_python() -> Callable[..., subprocess.Popen[str]]:
    """A function that starts Python on this code and these arguments, its input and output piped."""

    def run(code: str, *arguments: str | Path) -> subprocess.Popen[str]:
        source = Path(denorm_assets.__file__).parent.parent
        return subprocess.Popen(
            [sys.executable, "-W", "error", "-c", code, *map(str, arguments)],
            env={**os.environ, "PYTHONPATH": str(source)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return run


@pytest.fixture
def as_root() -> None:
    """Skip where we are not root."""
    if os.geteuid() != 0:
        pytest.skip("only root can give files away and run as another user")
