"""Faults of a declaration that can be seen without a database; all are reported at once, with file and line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import TypeVar

from denorm_assets.errors import DeclarationError
from denorm_assets.model.cached_set import Cache, CachedCount, CachedSet
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.schema_change import SoftDeletes
from denorm_assets.model.sql_file import Sql, SqlFile, SqlText
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName

_ASSET_NAME = re.compile(r"[A-Za-z0-9_]+")
_OUR_ASSETS = ("benchmark", "cutover", "load_test", "monitoring")
_LONGEST_NAME = 63
_Name = TypeVar("_Name", bound=Hashable)


def validate_systems(systems: Sequence[System]) -> None:
    """Check every system by itself and all of them together. Raises DeclarationError."""
    faults = declaration_faults(systems)
    if faults:
        raise DeclarationError(faults)


def declaration_faults(systems: Sequence[System], *, whole: bool = True) -> list[str]:
    """The faults of every system by itself, and of all of them together.

    With `whole=False`, some of what the systems declare could not be read; then nothing is said to be missing.
    """
    faults = [fault for system in systems for fault in _bare_items(system) or _system_faults(system, whole)]
    for name in _repeated(system.name for system in systems):
        faults.append(f"two systems are called {name!r}; load one of them, or give one another name")
    faults += _shared_tables([system for system in systems if not _bare_items(system)])
    return faults


def _shared_tables(systems: Sequence[System]) -> Iterator[str]:
    """Tables that several systems would maintain. Of those with one name, a fault already, only one counts."""
    named = {system.name: system for system in systems}
    declared = [
        {TableName(model.name, system.schema): name for model in system.read_models} for name, system in named.items()
    ]
    for table in _repeated(table for tables in declared for table in tables):
        of = " and ".join(tables[table] for tables in declared if table in tables)
        yield f"the systems {of} declare the same table {table}; give one of the read models another name"


def _bare_items(system: System) -> list[str]:
    """Fields that hold one item in place of a tuple, which nothing else could read."""
    faults = list(_no_tuples(_at(system), phases=system.phases, queries=system.queries, caches=system.caches))
    if not faults:
        for phase in system.phases:
            at = f"{_at(system)}, phase {phase.name!r}"
            faults += _no_tuples(at, read_models=phase.read_models, indexes=phase.indexes)
            if isinstance(phase.work, SoftDeletes):
                faults += _no_tuples(at, tables=phase.work.tables)
    if not faults:
        for model in system.read_models:
            faults += _no_tuples(_at(model), key=model.key, indexes=model.indexes, references=model.references)
    return faults


def _system_faults(system: System, whole: bool) -> Iterator[str]:
    at = _at(system)
    if not _ASSET_NAME.fullmatch(system.name):
        yield f"{at}: the name may hold letters, digits and underscores only (Dagster's rule)"
    names = [phase.name for phase in system.phases] + [model.name for model in system.read_models]
    names += [cache.name for cache in system.caches]
    for name in _repeated(names):
        yield f"{at}: {name!r} is declared twice; names of phases, read models and caches are unique in a system"
    yield from _taken_names(system, names)
    for name in _repeated(pair.name for pair in system.queries):
        yield f"{at}: two queries are called {name!r}; give one another name"
    # One schema holds them all, and index names are unique in a schema.
    names = [index.name_for(model.name) for model in system.read_models for index in model.indexes]
    names += [wanted.name for phase in system.phases for wanted in phase.indexes]
    for name in _repeated(names):
        yield f"{at}: two indexes are called {name!r}; give one a `name` of its own"
    if whole:
        yield from _missing(system)
    for phase in system.phases:
        if isinstance(phase.work, SoftDeletes):
            yield from _soft_delete_faults(f"{at}, phase {phase.name!r}", phase.work)
    for model in system.read_models:
        yield from _model_faults(model)
    for cache in system.caches:
        yield from _cache_faults(cache)
    for pair in system.queries:
        yield from _file_faults(f"{at}: query {pair.name!r}", pair.before, pair.after)
    if system.example is not None:
        yield from _file_faults(f"{at}: sample data", system.example.sample)


def _missing(system: System) -> Iterator[str]:
    """What is not declared, and has to be."""
    at = _at(system)
    # Pages alone can be timed and loaded without one.
    if not any(not phase.by_hand for phase in system.phases) and (system.phases or not system.queries):
        yield f"{at}: there is no phase that starts by itself; give it `read_models`, or `phases`"
    pairs = {pair.name for pair in system.queries}
    for phase in system.phases:
        for wanted in phase.indexes:
            if wanted.query not in pairs:
                yield f"{at}: index {wanted.name!r} is for the query {wanted.query!r}, which is not declared"
    for model in system.read_models:
        if model.partition_by is None and any(found.partition is not None for found in model.references):
            said = "a reference is for a partition, and there are none; declare `partition_by`, or leave it out there"
            yield f"{_at(model)}: {said}"
    sets = {cache.name for cache in system.caches if isinstance(cache, CachedSet)}
    for cache in system.caches:
        if isinstance(cache, CachedCount) and cache.of is not None and cache.of not in sets:
            yield f"{_at(cache)}: `of` names {cache.of!r}, which is no cached set of the system"


def _soft_delete_faults(at: str, work: SoftDeletes) -> Iterator[str]:
    for table in _repeated(work.tables):
        yield f"{at}: `tables` names {table} twice"
    for table in work.tables:
        if len(f"{table.name}_live".encode()) > _LONGEST_NAME:
            yield f"{at}: '{table.name}_live' is longer than {_LONGEST_NAME} bytes, which PostgreSQL would cut"
    if work.kept_days < 0:
        yield f"{at}: `keep_days` is negative; 0 purges all that is deleted"


def _taken_names(system: System, names: Sequence[str]) -> Iterator[str]:
    """Names of phases and read models that are those of our own assets."""
    for name in (name for name in names if name in _OUR_ASSETS):
        yield f"{_at(system)}: {name!r} is the name of an asset of every system; call nothing else so"
    for model in system.read_models:
        if f"{model.name}_indexes" in names:
            yield f"{_at(model)}: '{model.name}_indexes' is the asset of its indexes; call nothing else so"


def _model_faults(model: ReadModel) -> Iterator[str]:
    at = _at(model)
    if not _ASSET_NAME.fullmatch(model.name):
        yield f"{at}: the name may hold letters, digits and underscores only (Dagster's rule)"
    if len(model.name.encode()) > _LONGEST_NAME:
        yield f"{at}: the name is longer than {_LONGEST_NAME} bytes, which PostgreSQL would cut"
    if not model.key:
        yield f"{at}: `key` is empty; name the columns that identify a row"
    for column in _repeated(model.key):
        yield f"{at}: `key` names {column!r} twice"
    for column, partition in _repeated((found.column, found.partition) for found in model.references):
        within = "" if partition is None else f" for the partition {partition!r}"
        yield f"{at}: `references` names {column!r} twice{within}; a column refers to one table"
    everywhere = {found.column for found in model.references if found.partition is None}
    for column in sorted({found.column for found in model.references if found.partition is not None} & everywhere):
        yield f"{at}: `references` names {column!r} for all rows and for a partition; a column refers to one table"
    for source in _repeated(driving.table.name for driving in model.driving):
        yield f"{at}: `backfill` names two columns of {source!r}; range keys could not tell them apart"
    if model.is_view and any(reference.foreign_key for reference in model.references):
        yield f"{at}: a materialized view has no foreign keys; leave `foreign_key` out, the check no_orphans stays"
    yield from _file_faults(f"{at}: definition", model.definition)


def _cache_faults(cache: Cache) -> Iterator[str]:
    at = _at(cache)
    if not _ASSET_NAME.fullmatch(cache.name):
        yield f"{at}: the name may hold letters, digits and underscores only (Dagster's rule)"
    if cache.ttl < 1:
        yield f"{at}: `ttl` ({cache.ttl:g} s) is below 1 s; what is held so briefly is of no use"
    if cache.owners is not None and not all(cache.owners.rpartition(".")[::2]):
        yield f"{at}: `owners` is {cache.owners!r}; name the column that lists all owners as table.column"
    files = [cache.definition]
    if isinstance(cache, CachedSet):
        if cache.owner == cache.member:
            yield f"{at}: `owner` and `member` are the same column {cache.owner!r}; name two"
        if (cache.add is None) != (cache.remove is None):
            yield f"{at}: `add` and `remove` go together; declare both, or neither"
        files += [file for file in (cache.add, cache.remove) if file is not None]
    yield from _file_faults(f"{at}: definition or statement", *files)


def _file_faults(at: str, *given: object) -> Iterator[str]:
    for sql in given:
        if not isinstance(sql, SqlFile | SqlText):
            yield f"{at}: is a {type(sql).__name__}; write SqlFile(path), or the SQL itself as a text"
        elif problem := _unusable(sql):
            yield f"{at}: {sql.path} {problem}" if isinstance(sql, SqlFile) else f"{at}: {problem}"


def _unusable(sql: Sql) -> str | None:
    try:
        return None if sql.text else "is empty; write the SELECT into it"
    except FileNotFoundError:
        return "is no file; correct its path in the declaration"
    except OSError as error:
        return f"cannot be read ({error.strerror}); correct its path in the declaration, or the file's permissions"
    except UnicodeDecodeError:
        return "is not UTF-8 text; save it as UTF-8"


def _no_tuples(at: str, **fields: object) -> Iterator[str]:
    for field, value in fields.items():
        if not isinstance(value, tuple | list):
            yield f"{at}: `{field}` is no tuple; a single item needs a comma after it: {field}=(item,)"


def _at(declared: System | ReadModel | Cache) -> str:
    kinds = {System: "system", ReadModel: "read model", CachedSet: "cached set", CachedCount: "cached count"}
    return f"{declared.location}: {kinds[type(declared)]} {declared.name!r}"


def _repeated(names: Iterable[_Name]) -> list[_Name]:
    return [name for name, count in Counter(names).items() if count > 1]
