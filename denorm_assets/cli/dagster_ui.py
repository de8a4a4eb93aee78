"""Dagster's UI and daemon."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from denorm_assets.cli.child import running_child
from denorm_assets.embedded.ports import choose_port
from denorm_assets.embedded.private_files import make_private_folder, write_private
from denorm_assets.errors import ConfigurationError, ServerDidNotStart

_START_SECONDS = 90


def prepare_dagster_home(home: Path) -> None:
    """Make `<home>/dagster` the DAGSTER_HOME, with the dagster.yaml of the present folder.

    Raises ConfigurationError where the folder has none.
    """
    if not Path("dagster.yaml").is_file() or not Path("workspace.yaml").is_file():
        raise ConfigurationError(
            "this folder has no dagster.yaml and workspace.yaml. Run `denorm-assets dev` in the project's root folder"
        )
    folder = home / "dagster"
    make_private_folder(folder)
    write_private(folder / "dagster.yaml", Path("dagster.yaml").read_text(encoding="utf-8"))
    os.environ["DAGSTER_HOME"] = str(folder)


def choose_ui_port(home: Path, wanted: int | None) -> int:
    """`wanted`, else the port used last time, else a free one. Raises PortTaken."""
    return choose_port(wanted, home / "ui.port", "--port")


@contextmanager
def running_ui(home: Path, port: int) -> Generator[str]:
    """Start `dagster dev`; yields its URL at once, before it answers. Stopped at the end of the block."""
    log = home / "dagster.log"
    command = [sys.executable, "-m", "dagster", "dev", "-w", "workspace.yaml", "-h", "127.0.0.1", "-p", str(port)]
    with running_child(command, log):
        yield f"http://127.0.0.1:{port}"


def wait_for_ui(home: Path, url: str) -> None:
    """Return once the UI answers. Raises ServerDidNotStart."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        try:
            with urlopen(f"{url}/server_info", timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    log = home / "dagster.log"
    raise ServerDidNotStart("Dagster UI", log, "\n".join(log.read_text(errors="replace").splitlines()[-15:]))
