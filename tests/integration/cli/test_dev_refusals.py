"""`dev` refuses at once what it can refuse, and leaves nothing behind."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Generator
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from denorm_assets.cli import shell
from denorm_assets.embedded.home import claim_home
from tests.integration.cli.test_process import run

ROOT = Path(__file__).resolve().parents[3]
_WITH_CACHES = "denorm_assets.systems.social:SYSTEM"
Dev = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project's root folder."""
    for name in ("dagster.yaml", "workspace.yaml"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def dev(folder: Path, home: Path) -> Dev:
    """Runs `dev` in `folder`, for `home`."""

    def start(*options: str) -> subprocess.CompletedProcess[str]:
        return run(None, folder, "dev", *options, DENORM_HOME=str(home))

    return start


@pytest.fixture
def taken_port() -> Generator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def left_behind(folder: Path, home: Path) -> list[str]:
    """Processes and files that speak of running servers."""
    files = [folder / ".env", home / "servers.env", *home.rglob("postmaster.pid")]
    found = [str(path) for path in files if path.is_symlink() or path.exists()]
    for process in psutil.process_iter(["cmdline"]):
        words: list[str] = process.info["cmdline"] or []
        if any(str(home) in word for word in words):
            found.append(" ".join(words))
    return found


def test_dev_taken_ui_port_is_refused_before_start(dev: Dev, folder: Path, home: Path, taken_port: int) -> None:
    refused = dev("--port", str(taken_port))
    assert refused.returncode == 2
    assert refused.stderr == (
        f"Error: port {taken_port} on 127.0.0.1 is already in use. Stop what listens there, or choose another with "
        "--port (leave it out to get a free one)\n"
    )
    assert not (home / "postgres").exists(), "no server was started, no cluster made"
    assert left_behind(folder, home) == []


@pytest.mark.parametrize(
    ("option", "systems"), [("--postgres-port", []), ("--valkey-port", ["--systems", _WITH_CACHES])]
)
def test_dev_taken_server_port_is_refused_and_started_servers_stop(
    dev: Dev, folder: Path, home: Path, taken_port: int, option: str, systems: list[str]
) -> None:
    refused = dev("--no-ui", option, str(taken_port), *systems)
    assert refused.returncode == 2
    assert refused.stderr == (
        f"Error: port {taken_port} on 127.0.0.1 is already in use. Stop what listens there, or choose another with "
        f"{option} (leave it out to get a free one)\n"
    )
    assert left_behind(folder, home) == []


def test_dev_second_instance_is_refused_and_names_first(dev: Dev, folder: Path, home: Path) -> None:
    with claim_home(home, "dev"):
        began = time.monotonic()
        refused = dev()
        assert time.monotonic() - began < 10
        assert refused.returncode == 2
        assert refused.stderr.startswith(f"Error: denorm-assets dev is already running for {home} (process ")
        assert "Use that one, stop it first, or set DENORM_HOME to another folder for a second one" in refused.stderr
        assert left_behind(folder, home) == []


def test_dev_invalid_system_is_refused_before_start(dev: Dev, folder: Path, home: Path) -> None:
    refused = dev("--systems", "nonsense")
    assert refused.returncode == 2
    assert "Error: 'nonsense' does not name a system" in refused.stderr
    assert not home.exists()


@pytest.mark.parametrize("option", [["--port", "0"], ["--postgres-port", "70000"], ["--scale", "0"], ["--port", "x"]])
def test_dev_option_out_of_bounds_exits_2(home: Path, option: list[str]) -> None:
    refused = CliRunner().invoke(shell, ["dev", *option], env={"DENORM_HOME": str(home)})
    assert refused.exit_code == 2
    assert f"Invalid value for '{option[0]}'" in refused.stderr
    assert not home.exists()
