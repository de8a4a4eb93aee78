"""The database cluster in a data directory: made by initdb in one step, of the right version, configured."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from denorm_assets.embedded.postgres_binaries import PostgresBinaries
from denorm_assets.embedded.postgres_settings import SETTINGS_FILE
from denorm_assets.embedded.private_files import write_private
from denorm_assets.embedded.processes import log_tail, run_program
from denorm_assets.embedded.scratch import scratch_folder
from denorm_assets.embedded.server_user import ServerUser
from denorm_assets.errors import EmbeddedError, ServerDidNotStart

# Not "denorm": a schema of the role's own name, which our control schema is, would come first in its search path.
SUPERUSER = "postgres"


def has_cluster(data: Path) -> bool:
    """Whether `data` holds a database cluster. Raises EmbeddedError if it holds something else."""
    if (data / "PG_VERSION").is_file():
        return True
    if data.exists() and (not data.is_dir() or any(data.iterdir())):
        raise EmbeddedError(
            f"{data} is not a PostgreSQL data directory, but there is something in it. Move it away, "
            "or set DENORM_HOME to another folder; nothing was changed"
        )
    return False


def check_version(data: Path, binaries: PostgresBinaries) -> None:
    """Raise EmbeddedError if the cluster in `data` is of another major version than the binaries."""
    version = (data / "PG_VERSION").read_text(encoding="utf-8").strip()
    if version != str(binaries.major):
        raise EmbeddedError(
            f"the data directory {data} was made by PostgreSQL {version}, but {binaries.folder} holds PostgreSQL "
            f"{binaries.major}, which cannot read it; nothing was changed. Name the bin folder of a PostgreSQL "
            f"{version} in DENORM_POSTGRES_BIN (to keep the data, or to pg_dump it), or move {data} away to start "
            "with empty databases"
        )


def create_cluster(data: Path, binaries: PostgresBinaries, user: ServerUser, password: str, log: Path) -> None:
    """Make a cluster owned by `user`, with the superuser `denorm` and this password; `data` is whole or absent.

    Raises ServerDidNotStart with the end of initdb's output, which is appended to `log`.
    """
    with scratch_folder(data.parent, "postgres") as scratch:
        user.own(scratch)
        password_file = scratch / "password"
        write_private(password_file, f"{password}\n", owner=user)
        fresh = scratch / "data"
        command = [binaries.initdb, "-D", fresh, *_locale(binaries.major), "--encoding=UTF8", "--no-instructions"]
        command += [f"--username={SUPERUSER}", "--auth=scram-sha-256", f"--pwfile={password_file}"]
        if run_program(command, user, scratch, log) != 0:
            raise ServerDidNotStart("PostgreSQL (initdb)", log, log_tail(log))
        # An empty directory in its place, if there is one, is replaced.
        fresh.rename(data)


def configure(data: Path, settings: str, user: ServerUser) -> None:
    """Write `settings` to the cluster's settings file, and have postgresql.conf include it (last, unless edited)."""
    write_private(data / SETTINGS_FILE, settings, owner=user)
    configuration = data / "postgresql.conf"
    include = f"include '{SETTINGS_FILE}'"
    if include in configuration.read_text(encoding="utf-8", errors="replace").splitlines():
        return
    # We may be root in a folder of `nobody`: follow no link.
    descriptor = os.open(configuration, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "a", encoding="utf-8") as file:
        file.write(f"\n{include}\n")


def _locale(major: int) -> list[str]:
    # The text search parser and pg_trgm still ask the libc locale which characters are letters: under "C",
    # nothing beyond ASCII has trigrams. Not every macOS knows C.UTF-8.
    locale = "--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C"
    return [locale, "--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if major >= 17 else [locale]
