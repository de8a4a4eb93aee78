"""The program of the Valkey server, or of a Redis server in its place."""

from __future__ import annotations

import re
from pathlib import Path

from denorm_assets.embedded.processes import answer_of
from denorm_assets.embedded.wheels import valkey_server
from denorm_assets.errors import EmbeddedError

PROGRAMS = ("valkey-server", "redis-server")
OLDEST_MAJOR = 7
"""Of Redis; older ones do not know all settings that the server is given. Valkey began with 7."""


def find_valkey(chosen: Path | None) -> Path:
    """The server program in `chosen` (a bin folder), by default the wheel's.

    Raises MissingExtra without the wheel, EmbeddedError for a `chosen` folder that cannot serve.
    """
    if chosen is None:
        return valkey_server()
    folder = chosen.absolute()
    program = next((folder / name for name in PROGRAMS if (folder / name).is_file()), None)
    if program is None:
        raise EmbeddedError(
            f"there is no {' or '.join(PROGRAMS)} in {folder}, which DENORM_VALKEY_BIN names as a bin folder. "
            "Correct it, or leave it out to use the Valkey that pip installed"
        )
    answer = answer_of(program, "--version")
    version = re.search(r"\bv=((\d+)\.\S+)", answer)
    if version is None:
        raise EmbeddedError(
            f"{program} does not run here: {answer.strip() or 'no answer'}. Install it again, or name another bin "
            "folder in DENORM_VALKEY_BIN"
        )
    if int(version[2]) < OLDEST_MAJOR:
        raise EmbeddedError(
            f"{program} is version {version[1]}, and {OLDEST_MAJOR} or newer is needed. Name the bin folder of a newer "
            "Redis or Valkey in DENORM_VALKEY_BIN, or leave it out to use the Valkey that pip installed"
        )
    return program
