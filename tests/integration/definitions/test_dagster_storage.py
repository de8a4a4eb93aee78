"""Dagster's storage as dagster.yaml names it: open connections are used again, and replaced when they have died."""

import shutil
from collections.abc import Generator
from pathlib import Path

import dagster as dg
import psycopg
import pytest

import denorm_assets

PROJECT = Path(denorm_assets.__file__).parents[1]


@pytest.fixture
def instance(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Generator[dg.DagsterInstance]:
    """An instance of the project's own dagster.yaml, its tables in a new database."""
    monkeypatch.setenv("DENORM_DAGSTER_URL", database_url)
    shutil.copyfile(PROJECT / "dagster.yaml", tmp_path / "dagster.yaml")
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        yield instance


def backends(connection: psycopg.Connection) -> set[int]:
    rows = connection.execute(
        "SELECT pid FROM pg_stat_activity"
        " WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    return {pid for (pid,) in rows}


def test_dagster_storage_closed_connections_are_replaced(instance: dg.DagsterInstance, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as other:
        instance.get_runs()
        first = backends(other)
        for _ in range(3):
            instance.get_runs()
        assert first
        assert backends(other) == first

        other.execute("SELECT pg_terminate_backend(pid, 10000) FROM unnest(%s::int[]) AS pid", (list(first),))
        assert instance.get_runs() == []
        assert not backends(other) & first
