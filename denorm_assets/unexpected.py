"""What the shell and Dagster say of an exception that nobody foresaw."""

from __future__ import annotations

import os
import re
import traceback
from datetime import UTC, datetime
from itertools import count
from urllib.parse import unquote, urlsplit

from denorm_assets.embedded.private_files import make_private_folder, write_private
from denorm_assets.settings import home_folder

_FOLDER = "errors"
"""Below DENORM_HOME; holds a file per unexpected exception, which nobody else can read."""
_MOST_KEPT = 100
"""A sensor may meet the same fault with every tick."""
_numbers = count()
_PASSWORDS = re.compile(
    r"(?<=://)([^\s:/@'\"]*):[^\s@'\"]*@|\b((?:ssl)?password)\s*=\s*('(?:\\.|[^'])*'|[^\s&'\"]+)", re.IGNORECASE
)
"""In URLs, and as `password=...` in their queries and in connection strings."""


def one_line(error: Exception, ran: str) -> str:
    """What happened while `ran` ran, and the file with the stack of frames, in one line for people."""
    said = _without_secrets(f"{type(error).__name__}: {error}").strip()
    return f"{said.splitlines()[0].rstrip('.')}. That is a fault of denorm-assets, not yours. {_kept(error, ran)}"


def _kept(error: Exception, ran: str) -> str:
    folder = home_folder(os.environ) / _FOLDER
    path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}-{next(_numbers)}.txt"
    text = "".join([f"{ran}\n\n", *traceback.format_exception(error)])
    try:
        make_private_folder(folder)
        write_private(path, _without_secrets(text))
        for old in sorted(folder.glob("*.txt"))[:-_MOST_KEPT]:
            old.unlink(missing_ok=True)
    except OSError as refused:
        return (
            f"Its stack of frames could not be kept ({folder}: {refused.strerror}); correct DENORM_HOME, or report it"
        )
    return f"Please report it with {path.absolute()}"


def _without_secrets(text: str) -> str:
    """`text` without passwords, and without what is secret in the environment."""
    for secret in sorted(_secrets_of_environment(), key=len, reverse=True):
        text = text.replace(secret, "***")
    return _PASSWORDS.sub(lambda found: f"{found[2]}=***" if found[2] else f"{found[1]}:***@", text)


def _secrets_of_environment() -> set[str]:
    found = {os.environ.get("DENORM_ALERT_WEBHOOK", "")}
    for name, value in os.environ.items():
        if not name.startswith("DENORM_") or "://" not in value:
            continue
        try:
            password = urlsplit(value).password or ""
        except ValueError:
            continue
        found |= {password, unquote(password)}
    return found - {""}
