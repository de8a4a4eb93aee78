"""Where PostgreSQL's data directory lies, and that it is ours.

It is `home/postgres`. Only if root's server user cannot enter `home` (some parent folder is closed to others) does
it lie in the system folder, and `home/postgres` is a link to it. Permissions of parents are never altered.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from denorm_assets.embedded.private_files import write_private
from denorm_assets.embedded.server_user import ServerUser, user_name
from denorm_assets.embedded.system_folder import system_folder
from denorm_assets.errors import EmbeddedError, ForeignDataDirectory


def known_data_folder(home: Path) -> Path:
    """The data directory of `home` (it need not exist), for looking only."""
    return (home / "postgres").resolve()


def settle_data_folder(home: Path, user: ServerUser) -> Path:
    """The data directory of `home`, in a place that `user` can enter; the caller holds the home's lock.

    It need not exist yet, but its parent does. Raises ForeignDataDirectory, having changed nothing, if it belongs
    to another user, and EmbeddedError if `user` can no longer enter it.
    """
    data = known_data_folder(home)
    if data.exists():
        owner = data.stat().st_uid
        if owner != user.uid:
            raise ForeignDataDirectory(data, user_name(owner), user.name)
        if user.is_another and not user.may_enter(data.parent):
            raise EmbeddedError(
                f"PostgreSQL runs as {user.name}, who can no longer enter {data.parent}: a folder on the way was "
                f"closed to others or moved below a closed one. Open it again (chmod o+x), or move {home / 'postgres'} "
                "away to start with empty databases"
            )
        return data
    if not data.parent.is_dir():
        # A link to a place that somebody removed.
        (home / "postgres").unlink()
        data = known_data_folder(home)
    if user.is_another and not user.may_enter(data.parent):
        return _relocate(home, user)
    return data


def _relocate(home: Path, user: ServerUser) -> Path:
    # A name of its own each time: if somebody removed the home, its earlier place may still hold data. That is
    # not ours to delete, and whoever removed a home wants a fresh start.
    name = hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:10]
    place = Path(tempfile.mkdtemp(dir=system_folder(user), prefix=f"{name}-"))
    place.chmod(0o711)
    write_private(place / "home.txt", f"holds the PostgreSQL data of {home}\n")
    link = home / "postgres"
    link.unlink(missing_ok=True)
    link.symlink_to(place / "postgres")
    return known_data_folder(home)
