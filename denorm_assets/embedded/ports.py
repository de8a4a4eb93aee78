"""Loopback ports: the one asked for, else the one used last time, else a free one."""

from __future__ import annotations

import secrets
import socket
from pathlib import Path

from denorm_assets.embedded.private_files import write_private
from denorm_assets.errors import EmbeddedError, PortTaken

LOOPBACK = "127.0.0.1"
HIGHEST_POSSIBLE = 65_535

# Below the range from which Linux and macOS serve outgoing connections: a port from there would often be
# taken by some client when we come back for it.
LOWEST_PORT, HIGHEST_PORT = 20_000, 32_000
ATTEMPTS = 100


def choose_port(wanted: int | None, remembered: Path, option: str) -> int:
    """A port that is free now; it is written to `remembered`, to be the first choice next time.

    `wanted` must be free (else PortTaken, naming `option`). Raises EmbeddedError if no port is free.
    """
    if wanted is not None:
        if not 0 < wanted <= HIGHEST_POSSIBLE:
            raise EmbeddedError(f"{wanted} is not a port. Give {option} a number from 1 to {HIGHEST_POSSIBLE}")
        if not is_free(wanted):
            raise PortTaken(wanted, option)
        port = wanted
    else:
        last = remembered_port(remembered)
        port = last if last is not None and is_free(last) else _find_free(option)
    remember_port(remembered, port)
    return port


def remember_port(remembered: Path, port: int) -> None:
    """Write `port` for the next start and for those who build URLs."""
    if remembered_port(remembered) != port:
        write_private(remembered, f"{port}\n")


def remembered_port(remembered: Path) -> int | None:
    """The port used last, or None if the file is missing or holds no port."""
    try:
        port = int(remembered.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return port if 0 < port <= HIGHEST_POSSIBLE else None


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: connections that linger in TIME_WAIT do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _find_free(option: str) -> int:
    for _ in range(ATTEMPTS):
        port = LOWEST_PORT + secrets.randbelow(HIGHEST_PORT - LOWEST_PORT)
        if is_free(port):
            return port
    raise EmbeddedError(f"no free port found between {LOWEST_PORT} and {HIGHEST_PORT}. Name one with {option}")
