"""Dagster's own commands against a real instance, as people run them; and no password in anything that it keeps."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from denorm_assets.systems.topics import SYSTEM as TOPICS
from tests.integration.definitions.graph import Graph
from tests.integration.definitions.test_loading import EVERYTHING
from tests.support.dagster_tree import environment, open_instance

MODULE = ("-m", "denorm_assets.definitions")


@pytest.fixture
def environ(tmp_path: Path, topics_url: str, database_url: str) -> Mapping[str, str]:
    """Of a command in a folder without .env: Dagster's tables in `database_url`, the sample in `topics_url`."""
    return environment(tmp_path, topics_url, database_url)


def dagster(environ: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dagster", *words],
        cwd=environ["DAGSTER_HOME"],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def fine(environ: Mapping[str, str], *words: str) -> str:
    ended = dagster(environ, *words)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


def kept(url: str) -> str:
    """Every row of every table of a database."""
    with psycopg.connect(url) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        assert names
        queries = [sql.SQL("SELECT t::text FROM {} AS t").format(sql.Identifier(name)) for (name,) in names]
        return "\n".join(row for query in queries for (row,) in connection.execute(query).fetchall())


def test_dagster_definitions_validate_unreachable_database_succeeds(
    tmp_path: Path, new_database: Callable[[], str]
) -> None:
    nowhere = "postgresql://someone:hush-hush@127.0.0.1:9/nowhere"
    said = fine(environment(tmp_path, nowhere, new_database()), "definitions", "validate", "-w", "workspace.yaml")
    assert "All code locations passed validation" in said
    assert "hush-hush" not in said


def test_dagster_asset_materialize_ranges_shows_no_password(
    environ: Mapping[str, str], topics_url: str, database_url: str
) -> None:
    listed = fine(environ, "asset", "list", *MODULE).split()
    assert set(listed) == {name for name, follows in EVERYTHING.items() if follows}
    fine(environ, "asset", "materialize", *MODULE, "--select", "topics/phase_1_link_tables,topics/entries_ranges")
    with open_instance(environ) as instance:
        keys = list(instance.get_dynamic_partitions("topics_entries"))
        span = f"{keys[0]}...{keys[1]}"
        select = ("--select", 'key:"topics/entry_topics"')
        said = fine(environ, "asset", "materialize", *MODULE, *select, "--partition-range", span)
        graph = Graph.of(TOPICS, instance)
        assert graph.green("entry_topics") == set(keys[:2])

        password = make_url(topics_url).password
        assert password
        wrong = make_url(topics_url).set(password="hush-hush").render_as_string(hide_password=False)
        broken = {**environ, "DENORM_DATABASE_URL": wrong}
        refused = dagster(broken, "asset", "materialize", *MODULE, "--select", "topics/entries_ranges")
        assert refused.returncode == 1
        assert "refused the login" in refused.stdout + refused.stderr
        runs = instance.get_runs()
        assert [run.status.value for run in runs] == ["FAILURE", "SUCCESS", "SUCCESS"]

    for text in (said, refused.stdout, refused.stderr, kept(database_url)):
        assert password not in text
        assert "hush-hush" not in text
    assert "refused the login" in kept(database_url)
