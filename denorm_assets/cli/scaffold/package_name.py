"""The name of a package of read models."""

from __future__ import annotations

import keyword
import re
import sys
from importlib.util import find_spec
from pathlib import Path

from denorm_assets.errors import BadPackageName
from denorm_assets.sql.scaffold.names import safe_name

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def package_name(given: str | None, folder: Path) -> str:
    """`given`, or a name made from that of `folder`. Raises BadPackageName where `given` cannot be one."""
    if given is None:
        name = safe_name(folder.name)
        return name if _fault(name, folder) is None else f"{name}_read_models"
    fault = _fault(given, folder)
    if fault is not None:
        proposed = safe_name(given)
        raise BadPackageName(given, fault, proposed if _fault(proposed, folder) is None else f"{proposed}_read_models")
    return given


def _fault(name: str, folder: Path) -> str | None:
    """Why no package in `folder` can be called `name`; None where one can."""
    if not _NAME.fullmatch(name):
        return "write at most 40 small letters a to z, digits and underscores, a letter first"
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        return "it is a word of Python"
    if name in sys.stdlib_module_names or _is_installed(name, folder):
        return "Python has a module of that name, which the package would hide"
    return None


def _is_installed(name: str, folder: Path) -> bool:
    """Whether a module of that name is found elsewhere than in `folder`."""
    loaded = sys.modules.get(name)
    spec = find_spec(name) if loaded is None else loaded.__spec__
    if spec is None:
        return loaded is not None
    places = [*(spec.submodule_search_locations or ()), *([spec.origin] if spec.origin else [])]
    return any(folder not in Path(place).parents for place in places)
