"""Dagster's storage as dagster.yaml names it: open connections are used again, and replaced when they have died."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

import shutil
import sys
from collections.abc import Generator
from pathlib import Path

import dagster as dg
import psycopg
import pytest

import denorm_assets
from denorm_assets.errors import MissingExtra
from denorm_assets.extras import DAGSTER_POSTGRES
from tests.support.hidden import hide

PROJECT = Path(denorm_assets.__file__).parents[1]


@pytest.fixture
def instance(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Generator[dg.DagsterInstance]:
    """An instance of the project's own dagster.yaml, its tables in a new database."""
    monkeypatch.setenv("DENORM_DAGSTER_URL", database_url)
    shutil.copyfile(PROJECT / "dagster.yaml", tmp_path / "dagster.yaml")
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        yield instance


def test_dagster_storage_without_dagster_postgres_names_extra(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DENORM_DAGSTER_URL", database_url)
    monkeypatch.delitem(sys.modules, "denorm_assets.definitions.instance.dagster_storage", raising=False)
    hide(monkeypatch, DAGSTER_POSTGRES)
    shutil.copyfile(PROJECT / "dagster.yaml", tmp_path / "dagster.yaml")
    with (
        pytest.raises(MissingExtra, match=r"dagster-postgres, which is not installed. .*\[postgres-storage\]"),
        dg.DagsterInstance.from_config(str(tmp_path)) as instance,
    ):
        instance.get_runs()


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


def test_dagster_storage_event_of_failed_run_is_seen_after_its_status(
    instance: dg.DagsterInstance, database_url: str
) -> None:
    @dg.job
    def empty() -> None: ...

    run = instance.create_run_for_job(empty)
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute("CREATE TABLE seen (event text, status text)")
        other.execute(
            "CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen"
            " SELECT NEW.dagster_event_type, r.status FROM runs AS r WHERE r.run_id = NEW.run_id; RETURN NULL; END $$"
        )
        other.execute("CREATE TRIGGER see AFTER INSERT ON event_logs FOR EACH ROW EXECUTE FUNCTION see()")
        instance.report_run_failed(run, "taking too long to start")
        assert other.execute("SELECT event, status FROM seen").fetchall() == [("PIPELINE_FAILURE", "FAILURE")]
    failed = instance.get_run_by_id(run.run_id)
    assert failed is not None
    assert (failed.status, failed.tags["dagster/will_retry"]) == (dg.DagsterRunStatus.FAILURE, "true")
