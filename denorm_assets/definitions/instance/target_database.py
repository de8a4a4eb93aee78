"""The resource through which every asset, check and sensor reaches the database."""

import socket
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace

import dagster as dg
from pydantic import Field

from denorm_assets.db.postgres.database import OF_DAGSTER, Database
from denorm_assets.definitions.dagster_failure import AnyContext
from denorm_assets.definitions.instance.noted_names import note_names
from denorm_assets.definitions.instance.run_launcher import HOST_TAG
from denorm_assets.definitions.names import Names
from denorm_assets.settings import Settings, load_settings


class DatabaseResource(dg.ConfigurableResource[None]):
    """The application's database.

    Without `url`, its address is DENORM_DATABASE_URL (or the embedded servers of this folder), read when it is opened.
    With `dg.EnvVar`, too, no password reaches Dagster's configuration or its UI; a URL written out would.

    Example:
        DatabaseResource(url=dg.EnvVar("SHOP_DATABASE_URL"))
    """

    url: str | None = Field(default=None, description="Address of the database. Empty: that of DENORM_DATABASE_URL.")

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Write down where the run executes: only there can anyone tell whether its process still lives."""
        if context.run is not None and context.instance is not None:
            context.instance.add_run_tags(context.run.run_id, {HOST_TAG: socket.gethostname()})

    def settings(self) -> Settings:
        """What the environment says, with the address of this database."""
        settings = load_settings()
        return replace(settings, optional_database_url=self.url) if self.url else settings

    @contextmanager
    def open(self) -> Generator[Database]:
        """The database for the length of the block. Raises MissingSettings."""
        settings = self.settings()
        database = Database(
            settings.database_url,
            application_name=OF_DAGSTER,
            lock_bound_ms=settings.lock_bound_ms,
            log_limit_mb=settings.log_limit_mb,
            drain_seconds=settings.drain_seconds,
            whole_seconds=settings.whole_seconds,
        )
        try:
            yield database
        finally:
            database.close()


def database_resource(context: AnyContext | dg.SensorEvaluationContext, names: Names) -> DatabaseResource:
    """The resource of these systems."""
    found: DatabaseResource = getattr(context.resources, names.resource_key)
    return found


@contextmanager
def open_database(context: AnyContext | dg.SensorEvaluationContext, names: Names) -> Generator[Database]:
    """The database of these systems for the length of the block. Raises MissingSettings."""
    with database_resource(context, names).open() as database:
        note_names(names, context.instance, database)
        yield database
