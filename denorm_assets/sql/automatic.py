"""`refresh=Auto()`: the kinds that it stands for, and which of them a read model was registered as."""

from __future__ import annotations

from dataclasses import replace

from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Auto, Debounced, Full
from denorm_assets.model.system import System
from denorm_assets.sql.analysis.clock.definition_text import names_clock
from denorm_assets.sql.versions import code_version

BEFORE_AUTO = "it was kept so before `Auto()` was declared"
"""Why `Auto()` stands for the kind of a version that was registered under a declared kind."""


def by_key(model: ReadModel) -> ReadModel:
    """`model`, kept by key in place of `Auto`."""
    assert isinstance(model.refresh, Auto)
    return replace(model, refresh=Debounced(model.refresh.debounce, model.refresh.clock))


def in_full(model: ReadModel) -> ReadModel:
    """`model`, refreshed as a whole in place of `Auto`; by time too where its definition reads the clock."""
    assert isinstance(model.refresh, Auto)
    every = model.refresh.clock if names_clock(model.definition.text) else None
    return replace(model, refresh=Full(model.refresh.debounce, every))


def only_by_key(model: ReadModel) -> str | None:
    """What of the declaration only a table can have, so that `Auto` is by key in every database; None where nothing."""
    if model.backfill is not None:
        return "`backfill` names ID ranges, which only a table has"
    if model.partition_by is not None:
        return "`partition_by` is declared, and only a table has partitions"
    if any(reference.foreign_key for reference in model.references):
        return "a foreign key is declared, and only a table has foreign keys"
    return None


def kinds(model: ReadModel) -> tuple[ReadModel, ...]:
    """`model` as each of the kinds that its declaration leaves open."""
    if not isinstance(model.refresh, Auto):
        return (model,)
    return (by_key(model),) if only_by_key(model) else (by_key(model), in_full(model))


def as_registered(system: System, model: ReadModel, version: str) -> ReadModel:
    """`model` as the kind of the registered `version`; the first kind where another definition is registered."""
    found = kinds(model)
    if len(found) == 1:
        return found[0]
    return next((kind for kind in found if code_version(system, kind) == version), found[0])


def is_registered(system: System, model: ReadModel, version: str) -> bool:
    """Whether the registered `version` is of the present declaration, in any of the kinds that are open."""
    return any(code_version(system, kind) == version for kind in kinds(model))


def kind_in_words(model: ReadModel) -> str:
    """The kind of relation that holds the rows."""
    if len(kinds(model)) > 1:
        return "table or materialized view"
    return "materialized view" if model.is_view else "table"


def auto_sentence(model: ReadModel, why: str) -> str:
    """What `Auto()` stands for, and why; `model` is of the chosen kind."""
    every = f" every {model.every:g} s" if model.every else ""
    return f"auto: {f'full{every}' if model.is_view else 'by key'}, because {why}"


def described_sentence(described: DescribedModel) -> str | None:
    """The same of a described read model; None where the declaration names the kind."""
    return None if described.auto is None else auto_sentence(described.model, described.auto)
