"""Dagster's PostgreSQL storage on connections that stay open. Raises MissingExtra as it is imported.

Dagster's own opens one for every event that it writes and every look of its daemon, and asks each time which tables
there are. That is the larger part of what both cost, and nearly all that an idle instance does.
"""

# Dagster offers no setting for this, and its storage keeps the engine to itself.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import sqlalchemy as sa

from denorm_assets.db.postgres.open_connections import replace_closed
from denorm_assets.db.postgres.server_url import read_url, sqlalchemy_url
from denorm_assets.extras import DAGSTER_POSTGRES

DAGSTER_POSTGRES.require(
    "the storage that dagster.yaml names (PooledPostgresStorage)",
    "take `storage` out of dagster.yaml: Dagster then keeps its tables in SQLite",
)

from dagster_postgres import DagsterPostgresStorage, PostgresEventLogStorage  # noqa: E402
from dagster_postgres.run_storage import PostgresRunStorage  # noqa: E402
from dagster_postgres.schedule_storage import PostgresScheduleStorage  # noqa: E402
from dagster_postgres.utils import create_pg_engine, pg_url_from_config  # noqa: E402

if TYPE_CHECKING:
    from dagster import EventLogEntry
    from dagster._core.storage.config import PostgresStorageConfig
    from dagster._serdes import ConfigurableClassData

_CONNECTIONS = 3
"""That stay: for runs, events and schedules."""
_MORE_CONNECTIONS = 27
"""For threads that ask at once; they are closed after use."""
_LIFE_SECONDS = 300


@dataclass
class _Shared:
    """What all instances of a process share: a sensor's tick makes one of its own.

    Attributes:
        known: what is known to be there: tables, columns, migrations.
        indexed: the same of the tables for events, as Dagster caches it.
    """

    engine: sa.Engine
    known: set[str] = field(default_factory=set[str])
    indexed: dict[str, bool] = field(default_factory=dict[str, bool])

    def has(self, what: str, ask: Callable[[], bool]) -> bool:
        """Whether it is there; `ask` is called until it is."""
        if what not in self.known and ask():
            self.known.add(what)
        return what in self.known


@lru_cache(maxsize=1)
def _shared(postgres_url: str, _process: int) -> _Shared:
    # Never more than one: a process has one instance, and a forked one must not use its parent's connections.
    engine = create_pg_engine(
        postgres_url,
        isolation_level="AUTOCOMMIT",
        pool_size=_CONNECTIONS,
        max_overflow=_MORE_CONNECTIONS,
        pool_recycle=_LIFE_SECONDS,
    )
    return _Shared(replace_closed(engine))


class _RunStorage(PostgresRunStorage):
    """Asks for columns of releases before Dagster 1.0 only until they are there."""

    def __init__(self, postgres_url: str, shared: _Shared) -> None:
        """Over tables that are there."""
        super().__init__(postgres_url, should_autocreate_tables=False)
        self._engine, self._shared = shared.engine, shared

    def has_run_stats_index_cols(self) -> bool:
        """Whether runs have columns for their times."""
        return self._shared.has("run_stats", super().has_run_stats_index_cols)

    def has_bulk_actions_selector_cols(self) -> bool:
        """Whether backfills have a column for what they belong to."""
        return self._shared.has("bulk_actions_selector", super().has_bulk_actions_selector_cols)


class _EventLogStorage(PostgresEventLogStorage):
    """Sets the status of a run that failed before its event can be seen.

    The daemon that retries failed runs looks for these events. One whose run seemed to be under way still was passed
    over for good, and the run was never retried.
    """

    def __init__(self, postgres_url: str, shared: _Shared) -> None:
        """Over tables that are there."""
        super().__init__(postgres_url, should_autocreate_tables=False)
        self._engine, self._secondary_index_cache = shared.engine, shared.indexed

    def store_event(self, event: EventLogEntry) -> None:
        """Write an event down."""
        failure = event.dagster_event
        if failure is not None and failure.is_run_failure:
            at = datetime.fromtimestamp(event.timestamp, UTC)
            self._instance.run_storage.handle_run_event(event.run_id, failure, at)
        super().store_event(event)


class _ScheduleStorage(PostgresScheduleStorage):
    """Asks for tables of releases before Dagster 1.0 only until they are there."""

    def __init__(self, postgres_url: str, shared: _Shared) -> None:
        """Over tables that are there."""
        super().__init__(postgres_url, should_autocreate_tables=False)
        self._engine, self._shared = shared.engine, shared

    def has_instigators_table(self) -> bool:
        """Whether sensors and schedules have a table."""
        return self._shared.has("instigators", super().has_instigators_table)

    def has_built_index(self, migration_name: str) -> bool:
        """Whether a migration of data is done."""
        return self._shared.has(f"schedules/{migration_name}", partial(super().has_built_index, migration_name))


class PooledPostgresStorage(DagsterPostgresStorage):
    """As `storage: postgres` of dagster.yaml, on connections that the process keeps open."""

    def __init__(
        self,
        postgres_url: str,
        should_autocreate_tables: bool = True,
        inst_data: ConfigurableClassData | None = None,
    ) -> None:
        """Connect, and create Dagster's tables where they are missing. Raises ConfigurationError for another URL."""
        # Dagster's statements are made for this driver.
        server = read_url(postgres_url, "DENORM_DAGSTER_URL")
        postgres_url = sqlalchemy_url(server, "psycopg2").render_as_string(hide_password=False)
        shared = _shared(postgres_url, os.getpid())
        super().__init__(postgres_url, should_autocreate_tables and "tables" not in shared.known, inst_data)
        if should_autocreate_tables:
            shared.known.add("tables")
        self._run_storage = _RunStorage(postgres_url, shared)
        self._schedule_storage = _ScheduleStorage(postgres_url, shared)
        self._event_log_storage = _EventLogStorage(postgres_url, shared)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: PostgresStorageConfig
    ) -> PooledPostgresStorage:
        """The storage that dagster.yaml describes."""
        return cls(
            pg_url_from_config(config_value),
            should_autocreate_tables=config_value.get("should_autocreate_tables", True),
            inst_data=inst_data,
        )
