"""The folder outside of everyone's home where root's server user finds what it cannot reach elsewhere."""

from __future__ import annotations

from pathlib import Path

from denorm_assets.embedded.server_user import ServerUser
from denorm_assets.errors import EmbeddedError

SYSTEM_FOLDER = Path("/var/lib/denorm-assets")


def system_folder(user: ServerUser) -> Path:
    """The folder, created if absent. Raises EmbeddedError if `user` cannot enter it, OSError if it cannot be made."""
    if not SYSTEM_FOLDER.is_dir():
        SYSTEM_FOLDER.mkdir(exist_ok=True)
        SYSTEM_FOLDER.chmod(0o711)  # whatever the umask
    if not user.may_enter(SYSTEM_FOLDER):
        raise EmbeddedError(
            f"PostgreSQL has to run as {user.name} here, who can enter neither DENORM_HOME nor {SYSTEM_FOLDER}. "
            "Set DENORM_HOME to a folder below one that others can enter, or run as an ordinary user"
        )
    return SYSTEM_FOLDER
