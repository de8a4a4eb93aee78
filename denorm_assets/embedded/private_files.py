"""Files and folders that only their owner can read: modes 0600 and 0700, whatever the umask."""

from __future__ import annotations

import os
import secrets
import stat
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from denorm_assets.embedded.server_user import ServerUser
from denorm_assets.errors import EmbeddedError


def write_private(path: Path, text: str, owner: ServerUser | None = None) -> None:
    """Replace `path` by a file with this text, mode 0600, given to `owner` (default: whoever we run as).

    Readers see the old or the new text, never a part. Raises OSError.
    """
    # mkstemp: exclusive and 0600 from the start. As root we also write into folders of `nobody`,
    # where following a planted link would be a hole; a rename follows none.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            if owner is not None and owner.is_another:
                os.fchown(file.fileno(), owner.uid, owner.gid)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def make_private_folder(folder: Path, mode: int = 0o700) -> None:
    """Make `folder`, and those parents of it that are missing, with this mode. One that exists is left as it is."""
    if folder.is_dir():
        return
    make_private_folder(folder.parent, mode)
    with suppress(FileExistsError):
        folder.mkdir(mode)
        folder.chmod(mode)


def tighten(path: Path, mode: int) -> None:
    """Take rights away from `path` until no more than `mode` is left; never from what a link leads to, or another's."""
    status = path.lstat()
    held = stat.S_IMODE(status.st_mode)
    if held & ~mode and not stat.S_ISLNK(status.st_mode) and status.st_uid == os.geteuid():
        path.chmod(held & mode)


def keep_password(path: Path) -> str:
    """The password in `path`; generated (256 bits, safe in URLs) and written there if there is none yet."""
    password = read_password(path)
    if password is None:
        password = secrets.token_urlsafe(32)
        write_private(path, f"{password}\n")
    return password


def read_password(path: Path) -> str | None:
    """The password in `path`, or None if there is no such file or it is empty."""
    try:
        return path.read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None


@contextmanager
def explained_refusals(home: Path) -> Generator[None]:
    """Turn what the file system refuses below `home` (rights, space, read-only) into an EmbeddedError."""
    try:
        yield
    except OSError as error:
        raise EmbeddedError(
            f"the embedded servers cannot use {error.filename or home}: {error.strerror or error}. Check owner, rights "
            "and free space there, or set DENORM_HOME to a folder of your own"
        ) from error
