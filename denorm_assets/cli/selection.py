"""Options shared by the commands, and what a person's `system/model` means."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

import click

from denorm_assets.db.session import Database
from denorm_assets.errors import ConfigurationError, UnknownName
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.settings import Settings, load_settings
from denorm_assets.systems.selection import load_systems

Command = TypeVar("Command", bound=Callable[..., Any])

EXTRA_OPTIONS: Mapping[str, Any] = {"ignore_unknown_options": True, "allow_extra_args": True}
"""Click settings of commands that take an option per column or parameter, such as `--topic 1`."""


def common_options(command: Command) -> Command:
    """--systems and --json."""
    command = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")(command)
    return click.option(
        "--systems",
        metavar="MODULE:NAME,...",
        help="Systems to load, as package.module:NAME. Default: DENORM_SYSTEMS, else the shipped ones.",
    )(command)


def chosen_settings(systems: str | None) -> Settings:
    """The environment's settings with --systems over them."""
    settings = load_settings()
    if systems is None:
        return settings
    return replace(settings, systems=tuple(part.strip() for part in systems.split(",") if part.strip()))


def chosen_models(systems: str | None, target: str | None) -> list[tuple[System, ReadModel]]:
    """The read models that `target` names: `system/model`, `system`, or all where None. Raises UnknownName."""
    loaded = load_systems(chosen_settings(systems).systems)
    if target is None:
        return [(system, model) for system in loaded for model in system.read_models]
    system_name, _, model_name = target.partition("/")
    system = chosen_system(loaded, system_name)
    return [(system, model) for model in ([system.read_model(model_name)] if model_name else system.read_models)]


def chosen_system(systems: Sequence[System], name: str) -> System:
    """The system called `name`. Raises UnknownName."""
    for system in systems:
        if system.name == name:
            return system
    raise UnknownName("system", name, [system.name for system in systems])


@contextmanager
def open_database() -> Generator[Database]:
    """The database named by the environment, for the length of the block."""
    database = Database(load_settings().database_url, application_name="denorm_assets shell")
    try:
        yield database
    finally:
        database.close()


def named_values(arguments: Sequence[str]) -> dict[str, str]:
    """`--name value` and `--name=value` pairs that click left over. Raises ConfigurationError for anything else."""
    values: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        option, has_value, value = rest.pop(0).partition("=")
        if not option.startswith("--") or (not has_value and not rest):
            raise ConfigurationError(f"{option!r} is not understood; write --column value, for example --topic 1")
        values[option[2:].replace("-", "_")] = value if has_value else rest.pop(0)
    return values


def key_columns(model: ReadModel, values: Mapping[str, str]) -> dict[str, str]:
    """Options -> key columns: `--topic 1` means topic_id where that is a key column. Raises ConfigurationError."""
    narrowed: dict[str, str] = {}
    for option, value in values.items():
        column = next((name for name in (option, f"{option}_id") if name in model.key), None)
        if column is None:
            shown = ", ".join(f"--{name.removesuffix('_id').replace('_', '-')}" for name in model.key)
            raise ConfigurationError(
                f"--{option} is no option and no key column of {model.name}; its key columns are {shown}"
            )
        narrowed[column] = value
    return narrowed
