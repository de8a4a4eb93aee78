"""Dagster's UI and daemon."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from denorm_assets.cli.dev_servers.child_process import running_child
from denorm_assets.cli.dev_servers.guarded_dagster import MODULE
from denorm_assets.cli.dev_servers.ui_guard import WRONG_HOST_STATUS
from denorm_assets.embedded.ports import LOOPBACK, choose_port
from denorm_assets.embedded.private_files import make_private_folder, write_private
from denorm_assets.errors import ServerDidNotStart

_START_SECONDS = 90
_WORKSPACE = Path("workspace.yaml")


def dagster_yaml() -> str:
    """The dagster.yaml of the present folder; ours where it has none, by which Dagster keeps its tables in SQLite."""
    own = Path("dagster.yaml")
    return (own if own.is_file() else Path(__file__).with_name("dagster.yaml")).read_text(encoding="utf-8")


def prepare_dagster_home(home: Path) -> None:
    """Make `<home>/dagster` the DAGSTER_HOME, with `dagster_yaml`."""
    folder = home / "dagster"
    make_private_folder(folder)
    write_private(folder / "dagster.yaml", dagster_yaml())
    os.environ["DAGSTER_HOME"] = str(folder)


def choose_ui_port(home: Path, wanted: int | None) -> int:
    """`wanted`, else the port used last time, else a free one. Raises PortTaken."""
    return choose_port(wanted, home / "ui.port", "--port")


@contextmanager
def running_ui(home: Path, port: int) -> Generator[str]:
    """Start `dagster dev`; yields its URL at once, before it answers. Stopped at the end of the block.

    It shows what the folder's workspace.yaml names; without one, the systems of DENORM_SYSTEMS. It listens on the
    loopback address alone, and UiGuard refuses what other sites' pages send there.
    """
    log = home / "dagster.log"
    shown = ["-w", str(_WORKSPACE)] if _WORKSPACE.is_file() else ["-m", "denorm_assets.definitions"]
    command = [sys.executable, "-m", MODULE, "dev", *shown, "-h", LOOPBACK, "-p", str(port)]
    with running_child(command, log):
        yield f"http://{LOOPBACK}:{port}"


def wait_for_ui(home: Path, url: str) -> None:
    """Return once the UI answers. Raises ServerDidNotStart, also where it answers without its guard."""
    log = home / "dagster.log"
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        try:
            with urlopen(f"{url}/server_info", timeout=2):
                break
        except (URLError, OSError):
            time.sleep(0.2)
    else:
        raise ServerDidNotStart("Dagster UI", log, "\n".join(log.read_text(errors="replace").splitlines()[-15:]))
    if not _is_guarded(url):
        unguarded = "It answers requests that other sites send. Install a release of Dagster that pyproject.toml names."
        raise ServerDidNotStart("guard of the Dagster UI", log, unguarded)


def _is_guarded(url: str) -> bool:
    try:
        with urlopen(Request(f"{url}/server_info", headers={"Host": "another.invalid"}), timeout=10):
            return False
    except HTTPError as refused:
        refused.close()
        return refused.code == WRONG_HOST_STATUS
