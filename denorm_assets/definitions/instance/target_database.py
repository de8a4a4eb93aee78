"""The resource through which every asset, check and sensor reaches the database."""

import socket
from collections.abc import Generator
from contextlib import contextmanager

import dagster as dg

from denorm_assets.db.postgres.database import Database
from denorm_assets.definitions.instance.run_launcher import HOST_TAG
from denorm_assets.settings import load_settings


class DatabaseResource(dg.ConfigurableResource[None]):
    """The application's database.

    Its address comes from DENORM_DATABASE_URL (or the embedded servers of this folder) when it is opened, and from
    nowhere else, so that no password reaches Dagster's configuration or its UI.
    """

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Write down where the run executes: only there can anyone tell whether its process still lives."""
        if context.run is not None and context.instance is not None:
            context.instance.add_run_tags(context.run.run_id, {HOST_TAG: socket.gethostname()})

    @contextmanager
    def open(self) -> Generator[Database]:
        """The database for the length of the block. Raises MissingSettings."""
        settings = load_settings()
        database = Database(
            settings.database_url,
            application_name="denorm_assets dagster",
            lock_bound_ms=settings.lock_bound_ms,
            log_limit_mb=settings.log_limit_mb,
            drain_seconds=settings.drain_seconds,
            whole_seconds=settings.whole_seconds,
        )
        try:
            yield database
        finally:
            database.close()
