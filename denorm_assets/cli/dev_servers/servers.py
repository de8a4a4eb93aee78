"""The servers that `dev` needs: the user's own where the environment names them, embedded ones otherwise."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from denorm_assets.embedded.home import remove_servers_file, write_servers_file
from denorm_assets.embedded.postgres import EmbeddedPostgres, PostgresOptions
from denorm_assets.embedded.valkey import EmbeddedValkey
from denorm_assets.settings import SERVERS_FILE, Settings

APPLICATION_DATABASE = "denorm"
DAGSTER_DATABASE = "dagster"
DOTENV = Path(".env")
"""Dagster's own commands read this file in the folder they are started from."""


@contextmanager
def running_servers(settings: Settings, postgres_port: int | None, valkey_port: int | None) -> Generator[None]:
    """Start what the environment does not name, and name it in this process's environment and in the servers' file.

    What was started is stopped at the end of the block; its data stay. Raises EmbeddedError.
    """
    with ExitStack() as stack:
        found: dict[str, str] = {}
        named = {
            "DENORM_DATABASE_URL": os.environ.get("DENORM_DATABASE_URL"),
            "DENORM_DAGSTER_URL": os.environ.get("DENORM_DAGSTER_URL"),
            "DENORM_REDIS_URL": os.environ.get("DENORM_REDIS_URL"),
        }
        if not (named["DENORM_DATABASE_URL"] and named["DENORM_DAGSTER_URL"]):
            postgres = EmbeddedPostgres(
                settings.home, PostgresOptions(postgres_port, binaries=_folder("DENORM_POSTGRES_BIN"))
            )
            postgres.start()
            stack.callback(postgres.stop)
            postgres.ensure_database(APPLICATION_DATABASE)
            # A commit per event: waiting for each takes a tenth of what `dev` takes.
            postgres.ensure_database(DAGSTER_DATABASE, commits_wait=False)
            found["DENORM_DATABASE_URL"] = postgres.url(APPLICATION_DATABASE)
            found["DENORM_DAGSTER_URL"] = postgres.url(DAGSTER_DATABASE)
        if not named["DENORM_REDIS_URL"]:
            valkey = EmbeddedValkey(settings.home, valkey_port, _folder("DENORM_VALKEY_BIN"))
            valkey.start()
            stack.callback(valkey.stop)
            found["DENORM_REDIS_URL"] = valkey.url()
        variables = {name: value or found[name] for name, value in named.items()}
        os.environ.update(variables)
        write_servers_file(settings.home, variables)
        stack.callback(remove_servers_file, settings.home)
        stack.enter_context(_linked_dotenv(settings.home / SERVERS_FILE))
        yield


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
