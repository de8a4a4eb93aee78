"""Dagster's PostgreSQL storage on connections that stay open.

Dagster's own opens one for every event that it writes and every look of its daemon, which is the larger part of what
both cost.
"""

# Dagster offers no setting for this, and its storage keeps the engine to itself.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_postgres import DagsterPostgresStorage
from dagster_postgres.utils import create_pg_engine, pg_url_from_config

from denorm_assets.db.server_url import read_url, sqlalchemy_url

if TYPE_CHECKING:
    from dagster._core.storage.config import PostgresStorageConfig
    from dagster._serdes import ConfigurableClassData

_MORE_CONNECTIONS = 9
"""For threads that ask at once; they are closed after use, beside the one that stays."""
_LIFE_SECONDS = 300


class PooledPostgresStorage(DagsterPostgresStorage):
    """As `storage: postgres` of dagster.yaml, with one open connection each for runs, events and schedules."""

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
        super().__init__(postgres_url, should_autocreate_tables, inst_data)
        for storage in (self._run_storage, self._event_log_storage, self._schedule_storage):
            storage._engine = create_pg_engine(
                postgres_url,
                isolation_level="AUTOCOMMIT",
                pool_size=1,
                max_overflow=_MORE_CONNECTIONS,
                pool_recycle=_LIFE_SECONDS,
                # One that a restart of the server has closed is replaced, as if it were opened only now.
                pool_pre_ping=True,
            )

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
