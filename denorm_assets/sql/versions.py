"""The code version of a read model: a hash of its declaration, its definition and the generator."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from denorm_assets.model.cached_set import Cache, CachedCount, as_read_model
from denorm_assets.model.read_model import DrivingColumn, ReadModel
from denorm_assets.model.system import Phase, System

GENERATOR_VERSION = 1
"""Raised when the SQL generated for the same declaration changes what a table holds or how it is laid out."""


def code_version(system: System, model: ReadModel) -> str:
    """Twelve hexadecimal digits; the same wherever the same declaration is loaded, without a database."""
    declared = (
        GENERATOR_VERSION,
        system.name,
        system.schema,
        model.name,
        model.definition.text,
        tuple(model.key),
        tuple((str(driving.table), driving.column) for driving in model.driving),
        # Kinds of tables are not told apart: going from one to another changes no row.
        *(("view",) if model.is_view else ()),
        *(("partition_by", model.partition_by) if model.partition_by and not model.is_view else ()),
    )
    return sha256(repr(declared).encode()).hexdigest()[:12]


def cache_version(system: System, cache: Cache) -> str:
    """The same of a cache; what another version loaded is void. Two counts of one definition are not the same."""
    counted = (cache.count,) if isinstance(cache, CachedCount) else ()
    return sha256(repr((code_version(system, as_read_model(cache)), *counted)).encode()).hexdigest()[:12]


def finished_version(system: System, model: ReadModel) -> str:
    """Hash of what a read model is once it is loaded: its code version, its indexes and its foreign keys."""
    declared = (code_version(system, model), model.indexes, model.references)
    return sha256(repr(declared).encode()).hexdigest()[:12]


def phase_version(system: System, phase: Phase) -> str:
    """The code versions of a phase's read models, and a hash of each of its indexes and its work, where it has some."""
    versions = [code_version(system, model) for model in phase.read_models]
    versions += [sha256(repr(part).encode()).hexdigest()[:12] for part in (phase.indexes, phase.work) if part]
    return "-".join(versions)


def declaration_version(system: System) -> str:
    """Hash of all that refreshes of a system depend on."""
    models = sorted((model.name, code_version(system, model), repr(model.refresh)) for model in system.read_models)
    caches = sorted((cache.name, cache_version(system, cache)) for cache in system.caches)
    return sha256(repr((models, caches)).encode()).hexdigest()[:12]


def whole_version(system: System) -> str:
    """Hash of all that `apply` does for a system."""
    finished = sorted(finished_version(system, model) for model in system.read_models)
    phases = [phase_version(system, phase) for phase in system.phases]
    return sha256(repr((declaration_version(system), finished, phases)).encode()).hexdigest()[:12]


def range_set_name(system: System, model: ReadModel) -> str:
    """Name of the set of ranges that the model shares with all others driven by the same columns.

    A driving column called `id` goes without saying. Empty for a model without driving columns: it has no ranges.
    """
    return range_set_of(system.name, model.driving)


def range_set_of(system: str, driven_by: Sequence[DrivingColumn]) -> str:
    """The same of what these columns drive in the system of that name."""
    if not driven_by:
        return ""
    parts = [system]
    for driving in driven_by:
        parts.append(driving.table.name)
        if driving.column != "id":
            parts.append(driving.column)
    return "_".join(parts)
