"""Loading the selected systems: those of a team's own packages, or examples."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType

import denorm_assets.model
from denorm_assets.errors import ConfigurationError, NoSystems
from denorm_assets.model.system import System
from denorm_assets.model.validation import validate_systems


def load_systems(references: Sequence[str]) -> tuple[System, ...]:
    """Import each `package.module:NAME`. The current folder is importable, as it is for `python -m`.

    Raises NoSystems without any, ConfigurationError for a reference that leads nowhere, DeclarationError for faulty
    declarations.
    """
    if not references:
        raise NoSystems
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    systems = tuple(_load(reference) for reference in references)
    validate_systems(systems)
    return systems


def _load(reference: str) -> System:
    module_name, _, attribute = reference.partition(":")
    if not module_name or not attribute or module_name.startswith("."):
        raise ConfigurationError(
            f"{reference!r} does not name a system; write package.module:NAME, for example "
            "denorm_assets.systems.topics:SYSTEM (--systems or DENORM_SYSTEMS)"
        )
    module = _import(reference, module_name)
    system = getattr(module, attribute, None)
    if not isinstance(system, System):
        found = sorted(name for name, value in vars(module).items() if isinstance(value, System))
        raise ConfigurationError(
            f"{reference!r}: {module_name} has no System called {attribute!r}. It has: {', '.join(found) or 'none'}"
        )
    return system


def _import(reference: str, module_name: str) -> ModuleType:
    try:
        return import_module(module_name)
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"{reference!r}: there is no module {error.name!r}. Install its package, or run from the folder that "
            "holds it; then check the spelling in --systems or DENORM_SYSTEMS"
        ) from error
    except ConfigurationError:
        # Of a file that the module reads, which the error names: `DenormSystemComponent.systems_in`.
        raise
    except Exception as error:
        # A declaration runs while it is imported, so anything can go wrong in it.
        raise ConfigurationError(
            f"{reference!r}: importing {module_name} failed{_where(error)}: {type(error).__name__}: {error}. "
            "Correct the declaration there"
        ) from error


def _where(error: Exception) -> str:
    """` at file:line` in the declaration, where it can be told."""
    if isinstance(error, SyntaxError) and error.filename:
        return f" at {error.filename}:{error.lineno}"
    model = Path(denorm_assets.model.__file__ or "").parent
    # The first two frames are ours and importlib's; the last ones may be in the classes that a declaration calls.
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)[2:]
        if not frame.filename.startswith("<") and model not in Path(frame.filename).parents
    ]
    return f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
