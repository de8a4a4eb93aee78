"""Which unix user runs PostgreSQL, and which folders that user can enter."""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from denorm_assets.errors import EmbeddedError

UNPRIVILEGED = "nobody"
"""Runs PostgreSQL for root, which PostgreSQL itself refuses to serve."""


@dataclass(frozen=True)
class ServerUser:
    """A unix user; `is_another` says that it is not the one we run as."""

    name: str
    uid: int
    gid: int
    is_another: bool

    def may_enter(self, folder: Path) -> bool:
        """Whether the user can reach what lies in `folder`: search permission on it and on all its parents."""
        resolved = folder.resolve()
        return all(self._has(step, 0o1) for step in (resolved, *resolved.parents))

    def may_execute(self, program: Path) -> bool:
        """Whether the user can reach, read and execute `program` (read, too: it loads itself again)."""
        resolved = program.resolve()
        return self.may_enter(resolved.parent) and self._has(resolved, 0o5)

    def own(self, path: Path) -> None:
        """Make the user the owner of `path`. Raises EmbeddedError where root may not do that."""
        if not self.is_another:
            return
        try:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)
        except OSError as error:
            raise EmbeddedError(
                f"PostgreSQL refuses to run as root, and here root may not act as {self.name} ({error.strerror}; a "
                "restricted container?). Run as an ordinary user, or name a server of your own in DENORM_DATABASE_URL"
            ) from error

    def _has(self, path: Path, bits: int) -> bool:
        # Mode bits only. An ACL that grants more is not seen: then a copy is made that was not needed.
        status = path.stat()
        shift = 6 if status.st_uid == self.uid else 3 if status.st_gid == self.gid else 0
        return stat.S_IMODE(status.st_mode) >> shift & bits == bits


def server_user() -> ServerUser:
    """The user to run PostgreSQL as: ourselves, or `nobody` if we are root. Raises EmbeddedError if there is none."""
    uid = os.geteuid()
    if uid != 0:
        try:
            return ServerUser(pwd.getpwuid(uid).pw_name, uid, os.getegid(), is_another=False)
        except KeyError:
            raise EmbeddedError(
                f"PostgreSQL's initdb refuses users without a name, and uid {uid}, as which we run, has none on this "
                "system (usual in containers). Add a line for it to /etc/passwd, run as another user, or name a server "
                "of your own in DENORM_DATABASE_URL"
            ) from None
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise EmbeddedError(
            f"PostgreSQL refuses to run as root, and this system has no user {UNPRIVILEGED!r} to run it as. "
            f"Create one (useradd --system {UNPRIVILEGED}), run as an ordinary user, or name a server of your own in "
            "DENORM_DATABASE_URL"
        ) from None
    return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid, is_another=True)


def user_name(uid: int) -> str:
    """The login name of `uid`, or the number where it has none (usual in containers)."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
