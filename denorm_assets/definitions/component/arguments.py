"""`defs.yaml` -> the arguments of `build_definitions`, or all that is wrong with the file, at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import dagster as dg

from denorm_assets.definitions.component.faults import KeyPath, YamlFile, form_faults
from denorm_assets.definitions.component.forms import DatabaseForm, TranslationForm
from denorm_assets.definitions.component.reading import SystemReader
from denorm_assets.definitions.component.templates import rendered
from denorm_assets.definitions.component.translation import YamlTranslator
from denorm_assets.definitions.instance.target_database import DatabaseResource
from denorm_assets.definitions.names import RESOURCE_KEY, Names
from denorm_assets.definitions.source_keys import SourceKeys
from denorm_assets.definitions.translator import DenormTranslator
from denorm_assets.errors import ConfigurationError, DeclarationError, DefinitionError
from denorm_assets.model.sql_file import Sql
from denorm_assets.model.system import System
from denorm_assets.model.validation import declaration_faults
from denorm_assets.sql.analysis.read_definition import analyse
from denorm_assets.sql.analysis.reading_order import in_reading_order, models_in_order


@dataclass(frozen=True)
class Arguments:
    """Those of `build_definitions`."""

    systems: tuple[System, ...]
    database: DatabaseResource | None
    resource_key: str
    source_keys: SourceKeys | None
    translator: DenormTranslator | None


def read_arguments(given: Any, context: dg.ResolutionContext, file: YamlFile) -> Arguments:
    """What stands below `attributes`. Raises DeclarationError with every fault of the file."""
    if not isinstance(given, dict):
        raise DeclarationError(form_faults(file, given, ()))
    unread: dict[KeyPath, str] = {}
    attributes = rendered(given, context, unread.__setitem__)
    faults = [file.fault(cast(object, given), path, said) for path, said in unread.items()]
    objects = _objects(attributes)
    attributes = {name: value for name, value in attributes.items() if name not in objects}
    faults += form_faults(file, attributes, unread)
    reader = SystemReader(file, attributes)
    systems = reader.systems()
    faults += reader.faults
    faults += _of_declarations(systems, whole=not faults)
    if not faults:
        # Which tables are read is known of faultless systems only.
        keys = objects.get("source_keys", attributes.get("source_keys"))
        faults += _of_source_keys(file, attributes, systems, keys)
    if faults:
        raise DeclarationError(_by_line(file, faults), f"Correct {file.path}, then run `dg check defs`")
    return Arguments(
        systems,
        objects.get("database") or _database(attributes.get("database")),
        attributes.get("resource_key", RESOURCE_KEY),
        objects.get("source_keys") or attributes.get("source_keys"),
        objects.get("translation") or _translator(attributes.get("translation"), context, file),
    )


def _objects(attributes: dict[str, Any]) -> dict[str, Any]:
    """The arguments that a template has made in Python."""
    is_made: dict[str, Callable[[Any], bool]] = {
        "database": lambda value: isinstance(value, DatabaseResource),
        "source_keys": callable,
        "translation": lambda value: isinstance(value, DenormTranslator),
    }
    return {name: attributes[name] for name, made in is_made.items() if made(attributes.get(name))}


def _database(given: Any) -> DatabaseResource | None:
    return None if given is None else DatabaseResource(url=dg.EnvVar(DatabaseForm.model_validate(given).env))


def _translator(given: Any, context: dg.ResolutionContext, file: YamlFile) -> DenormTranslator | None:
    if given is None:
        return None
    return YamlTranslator(TranslationForm.model_validate(given), context, file.location(("translation",)))


def _of_declarations(systems: Sequence[System], *, whole: bool) -> list[str]:
    """What is wrong with the declarations, and with their definitions."""
    faults = declaration_faults(systems, whole=whole)
    for system in systems:
        for read in (*system.read_models, *system.caches):
            faults += _of_definition(read.definition)
    try:
        for system in systems:
            models_in_order(system)
        in_reading_order((system, model) for system in systems for model in system.read_models)
    except DeclarationError as error:
        faults += error.faults
    return faults


def _of_definition(definition: Sql) -> Iterator[str]:
    try:
        if definition.text:
            analyse(definition)
    except DefinitionError as error:
        yield str(error)
    except (OSError, UnicodeDecodeError):
        # Named with the declaration's own faults.
        return


def _of_source_keys(file: YamlFile, attributes: Any, systems: Sequence[System], keys: Any) -> Iterator[str]:
    """Tables that no system reads, and keys that are none."""
    if isinstance(keys, dict):
        for table, key in cast(dict[str, Any], keys).items():
            try:
                Names(systems, source_keys={table: key}).require_known_sources()
            except ConfigurationError as error:
                yield file.fault(attributes, ("source_keys", table), str(error))


def _by_line(file: YamlFile, faults: Sequence[str]) -> list[str]:
    """Faults of the file in its order, then those of other files; each once."""
    place = re.compile(rf"{re.escape(str(file.path))}:(\d+):")

    def line(fault: str) -> float:
        found = place.match(fault)
        return int(found[1]) if found else float("inf")

    return sorted(dict.fromkeys(faults), key=line)
