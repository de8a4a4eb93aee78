"""Faults of a declaration that can be seen without a database; all are reported at once, with file and line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from denorm_assets.errors import DeclarationError
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System

_ASSET_NAME = re.compile(r"^[A-Za-z0-9_]+$")
_LONGEST_NAME = 63


def validate_systems(systems: Sequence[System]) -> None:
    """Check every system by itself and all of them together. Raises DeclarationError."""
    faults = [fault for system in systems for fault in _system_faults(system)]
    for name in _repeated(system.name for system in systems):
        faults.append(f"two systems are called {name!r}; load one of them, or give one another name")
    if faults:
        raise DeclarationError(faults)


def _system_faults(system: System) -> Iterator[str]:
    at = f"{system.location}: system {system.name!r}"
    if not _ASSET_NAME.match(system.name):
        yield f"{at}: the name may hold letters, digits and underscores only (Dagster's rule)"
    for name in _repeated([phase.name for phase in system.phases] + [model.name for model in system.read_models]):
        yield f"{at}: {name!r} is declared twice; names of phases and read models are unique in a system"
    for model in system.read_models:
        yield from _model_faults(model)


def _model_faults(model: ReadModel) -> Iterator[str]:
    at = f"{model.location}: read model {model.name!r}"
    if not _ASSET_NAME.match(model.name):
        yield f"{at}: the name may hold letters, digits and underscores only (Dagster's rule)"
    if len(model.name.encode()) > _LONGEST_NAME:
        yield f"{at}: the name is longer than {_LONGEST_NAME} bytes, which PostgreSQL would cut"
    if not model.key:
        yield f"{at}: `key` is empty; name the columns that identify a row"
    for column in _repeated(model.key):
        yield f"{at}: `key` names {column!r} twice"
    for name in _repeated(index.name_for(model.name) for index in model.indexes):
        yield f"{at}: two indexes are called {name!r}; give one a name of its own with Index(..., name=...)"
    if not model.definition.path.is_file():
        yield f"{at}: its definition {model.definition.path} is no file; correct the path given to SqlFile"


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]
