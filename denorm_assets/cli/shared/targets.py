"""Options shared by the commands, and what a person's `system/model` means."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any, TypeVar

import click

from denorm_assets.db.postgres.database import OF_SHELL, Database
from denorm_assets.errors import ConfigurationError, UnknownName
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.settings import Settings, load_settings
from denorm_assets.sql.analysis.reading_order import in_reading_order, systems_in_order
from denorm_assets.systems.selection import load_systems

Command = TypeVar("Command", bound=Callable[..., Any])
Opened = TypeVar("Opened", bound=Database)

OWN_OPTIONS: Mapping[str, Any] = {"ignore_unknown_options": True}
"""Click settings of commands that take an option per column or parameter, such as `--topic 1`, as plain words."""


def common_options(command: Command) -> Command:
    """--systems and --json."""
    command = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")(command)
    return click.option(
        "--systems",
        metavar="MODULE:NAME,...",
        help="Systems to load, as package.module:NAME. Default: DENORM_SYSTEMS.",
    )(command)


def chosen_settings(systems: str | None) -> Settings:
    """The environment's settings with --systems over them."""
    settings = load_settings()
    if systems is None:
        return settings
    return replace(settings, systems=tuple(part.strip() for part in systems.split(",") if part.strip()))


def chosen_systems(systems: str | None, name: str | None) -> tuple[System, ...]:
    """The system called `name`, or all that are selected where None, each after those that it reads.

    Raises UnknownName.
    """
    loaded = load_systems(chosen_settings(systems).systems)
    if name is None:
        return tuple(systems_in_order(loaded))
    found = tuple(system for system in loaded if system.name == name)
    if not found:
        raise UnknownName("system", name, [system.name for system in loaded])
    return found


def chosen_models(systems: str | None, target: str | None) -> list[tuple[System, ReadModel]]:
    """The read models that `target` names, each after those that it reads: `system/model`, `system`, or all where None.

    Raises UnknownName, or DeclarationError where read models read each other.
    """
    name, _, model = (target or "").partition("/")
    chosen = chosen_systems(systems, name or None)
    if model:
        return [(system, system.read_model(model)) for system in chosen]
    return in_reading_order((system, model) for system in chosen for model in system.read_models)


def open_database(application_name: str = OF_SHELL) -> AbstractContextManager[Database]:
    """The database named by the environment, for the length of the block."""
    return open_as(Database, application_name)


@contextmanager
def open_as(kind: type[Opened], application_name: str = OF_SHELL) -> Generator[Opened]:
    """The same as a database of that kind."""
    settings = load_settings()
    database = kind(
        settings.database_url,
        application_name=application_name,
        lock_bound_ms=settings.lock_bound_ms,
        log_limit_mb=settings.log_limit_mb,
        drain_seconds=settings.drain_seconds,
        whole_seconds=settings.whole_seconds,
    )
    try:
        yield database
    finally:
        database.close()


def split_words(words: Sequence[str]) -> tuple[str | None, dict[str, str]]:
    """The target among the words of a command, and its `--name value` or `--name=value` pairs, in any order.

    Raises ConfigurationError for anything else.
    """
    targets: list[str] = []
    values: dict[str, str] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        option, has_value, value = word.partition("=")
        if not word.startswith("-"):
            targets.append(word)
        elif option.startswith("--") and (has_value or rest):
            values[option.removeprefix("--").replace("-", "_")] = value if has_value else rest.pop(0)
        else:
            raise ConfigurationError(f"{word!r} is not understood; write --column value, for example --topic 1")
    if len(targets) > 1:
        raise ConfigurationError(f"expected one target, got {' and '.join(targets)}")
    return (targets[0] if targets else None), values


def key_columns(model: ReadModel, values: Mapping[str, str]) -> dict[str, str]:
    """Options -> key columns: `--topic 1` means topic_id where that is a key column. Raises ConfigurationError."""
    narrowed: dict[str, str] = {}
    for option, value in values.items():
        column = next((name for name in (option, f"{option}_id") if name in model.key), None)
        if column is None:
            shown = ", ".join(f"--{name.removesuffix('_id').replace('_', '-')}" for name in model.key)
            raise ConfigurationError(
                f"--{option.replace('_', '-')} is no option and no key column of {model.name}; "
                f"its key columns are {shown}"
            )
        narrowed[column] = value
    return narrowed
