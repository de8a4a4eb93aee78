"""The environment of programs that we start: what they need is passed on, and no URL or token of ours."""

from __future__ import annotations

import os
from collections.abc import Collection

_USUAL = frozenset(["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR"])
_USUAL_PREFIX = "LC_"


def child_environment(names: Collection[str] = (), prefixes: tuple[str, ...] = ()) -> dict[str, str]:
    """The usual variables, and those of these names or prefixes, as far as they are set."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in _USUAL or name in names or name.startswith((_USUAL_PREFIX, *prefixes))
    }
