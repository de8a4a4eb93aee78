"""What the shell says of an exception that nobody foresaw."""

from __future__ import annotations

import os
import traceback
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from denorm_assets.embedded.private_files import make_private_folder, write_private
from denorm_assets.settings import home_folder

_FOLDER = "errors"
"""Below DENORM_HOME; holds a file per unexpected exception, which nobody else can read."""


def tell(error: Exception, words: list[str]) -> str:
    """One line for the person who ran the command `words`; it names the file with the stack of frames."""
    what = _without_secrets(f"{type(error).__name__}: {error}").strip()
    first = what.splitlines()[0]
    return f"{first}. That is a fault of denorm-assets, not of your command. {_kept(error, words)}"


def _kept(error: Exception, words: list[str]) -> str:
    folder = home_folder(os.environ) / _FOLDER
    path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.txt"
    text = "".join([f"denorm-assets {' '.join(words)}\n\n", *traceback.format_exception(error)])
    try:
        make_private_folder(folder)
        write_private(path, _without_secrets(text))
    except OSError as refused:
        return f"Run it again with `denorm-assets --debug` for the stack of frames ({folder}: {refused.strerror})"
    return f"Please report it with {path}, or see it by `denorm-assets --debug`"


def _without_secrets(text: str) -> str:
    """`text` without the passwords of URLs in the environment."""
    for name, value in os.environ.items():
        if not name.startswith("DENORM_") or "://" not in value:
            continue
        try:
            password = urlsplit(value).password
        except ValueError:
            continue
        for secret in {password, unquote(password)} if password else ():
            text = text.replace(secret, "***")
    return text
