"""Which read models read other ones, and the order in which they are created, loaded and refreshed because of that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from itertools import chain

from denorm_assets.errors import DeclarationError, DefinitionError
from denorm_assets.model.catalog.partition import partition_of
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.sql_file import Sql
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.driving_columns import drivers_of
from denorm_assets.sql.analysis.read_definition import analyse

Declared = tuple[System, ReadModel]
"""A read model with its system."""


def tables_of(system: System, model: ReadModel) -> list[TableName]:
    """The read model's table, and its partitions."""
    table = TableName(model.name, system.schema)
    if model.partition_by is None or model.is_view:
        return [table]
    with suppress(DefinitionError, OSError, UnicodeDecodeError):
        return [table, *_partitions(table, model, model.definition.text)]
    return [table]


def read_by(models: Iterable[Declared], caches: Iterable[Declared] = ()) -> dict[str, list[str]]:
    """Each of `models`, and of the `caches`, which have no table, as `system/model` -> those models that it reads.

    A definition that cannot be understood reads none, and one that reads its own table does not count it: both are
    refused where they are described.
    """
    declared = {full_name(each): each for each in models}
    held = {table: name for name, each in declared.items() for table in tables_of(*each)}
    readers = {**declared, **{full_name(each): each for each in caches}}
    found: dict[str, list[str]] = {name: [] for name in readers}
    for name, (system, model) in readers.items():
        with suppress(DefinitionError, OSError, UnicodeDecodeError):
            tables = _tables_read(model.definition, model.definition.text)
            read = [held.get(table.within(system.schema)) for table in tables]
            found[name] = [each for each in dict.fromkeys(read) if each is not None and each != name]
    return found


def in_layers(models: Iterable[Declared], reading: Mapping[str, Sequence[str]] | None = None) -> list[list[Declared]]:
    """`models` in layers: each reads only those of earlier layers.

    `reading` is as `read_by` gives it, where more is known. Raises DeclarationError where some read each other.
    """
    declared = {full_name(each): each for each in models}
    reading = read_by(declared.values()) if reading is None else reading
    sorter = TopologicalSorter(dict.fromkeys(reading, ()))
    for name, read in reading.items():
        sorter.add(name, *read)
    try:
        sorter.prepare()
    except CycleError as error:
        # The sorter names what is read before what reads it.
        names = list(reversed(error.args[1]))
        raise DeclarationError([in_a_circle(declared[names[0]][1], names)]) from None
    layers: list[list[Declared]] = []
    while sorter.is_active():
        ready = set(sorter.get_ready())
        sorter.done(*ready)
        # Within a layer, in the order of the declaration.
        layers.append([each for name, each in declared.items() if name in ready])
    return layers


def in_reading_order(models: Iterable[Declared], reading: Mapping[str, Sequence[str]] | None = None) -> list[Declared]:
    """`models`, each after those that it reads, as `in_layers` has them. Raises DeclarationError."""
    return list(chain.from_iterable(in_layers(models, reading)))


def systems_in_order(systems: Sequence[System]) -> list[System]:
    """`systems`, each after those whose read models its own read; as they are given where some read each other."""
    named = {system.name: system for system in systems}
    reading = read_by((system, model) for system in systems for model in system.read_models)
    sorter = TopologicalSorter(dict.fromkeys(named, ()))
    for reader, read in reading.items():
        of_reader = reader.partition("/")[0]
        sorter.add(of_reader, *(system for each in read if (system := each.partition("/")[0]) != of_reader))
    try:
        return [named[name] for name in sorter.static_order()]
    except CycleError:
        return list(systems)


def models_in_order(system: System) -> list[ReadModel]:
    """The read models of `system`, each after those that it reads. Raises DeclarationError.

    Phases are done in order, so no read model may read one that a later phase creates.
    """
    ordered = in_reading_order((system, model) for model in system.read_models)
    phase_of = {
        f"{system.name}/{model.name}": n for n, phase in enumerate(system.phases) for model in phase.read_models
    }
    located = {full_name(each): each[1].location for each in ordered}
    faults = [
        f"{located[name]}: {name} reads {each}, which the later phase {system.phases[phase_of[each]].name!r} creates; "
        f"move {name} to that phase, or {each} to phase {system.phases[phase_of[name]].name!r}"
        for name, read in read_by(ordered).items()
        for each in read
        if phase_of[each] > phase_of[name]
    ]
    if faults:
        raise DeclarationError(faults)
    return [model for _, model in ordered]


def full_name(declared: Declared) -> str:
    """`system/model`."""
    system, model = declared
    return f"{system.name}/{model.name}"


def in_a_circle(first: ReadModel, names: Sequence[str]) -> str:
    """The fault that the read models `names`, each of which reads the next, end with the `first` again."""
    return (
        f"{first.location}: read models read each other in a circle: {names[0]} reads "
        f"{', which reads '.join(names[1:])}; "
        "let one of them read the sources of the other instead"
    )


# Definitions take milliseconds to parse, and the order is asked for often. Their texts are told apart: files change.
@lru_cache(maxsize=1_000)
def _tables_read(definition: Sql, _text: str) -> tuple[TableName, ...]:
    return analyse(definition).tables


@lru_cache(maxsize=1_000)
def _partitions(table: TableName, model: ReadModel, _text: str) -> tuple[TableName, ...]:
    assert model.partition_by is not None, "others have no partitions"
    assert table.schema is not None, "it is spelled out"
    constants = [dict(found.discriminators) for found in drivers_of(model, analyse(model.definition), table.schema)]
    return tuple(partition_of(table, each[model.partition_by]).table for each in constants)
