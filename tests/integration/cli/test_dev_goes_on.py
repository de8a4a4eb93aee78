"""`dev` comes up beside a fault: people look at it, and put it right, in the UI that it serves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.integration.cli.test_process import run
from tests.support.dagster_tree import dagster_folder
from tests.support.unseen import unseen


@pytest.mark.timeout(600)
@pytest.mark.long
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (unseen("UPDATE topics.entry_topics SET published_at = now()"), "the run of topics_cutover failed"),
        ("ALTER TABLE topics.entries RENAME COLUMN tags TO labels", "the run of topics_setup failed"),
    ],
    ids=["rows are wrong", "a source changed"],
)
def test_dev_failed_run_is_reported_and_checks_still_run(
    topics_url: str, new_database: Callable[[str], str], tmp_path: Path, fault: str, said: str
) -> None:
    variables = {
        "DENORM_HOME": str(tmp_path / "home"),
        "DENORM_DAGSTER_URL": new_database("template0"),
        "DENORM_REDIS_URL": "redis://127.0.0.1:1",
        "DENORM_SYSTEMS": "denorm_assets.systems.topics:SYSTEM",
        "PYTHONWARNINGS": "ignore",
    }
    folder = dagster_folder(tmp_path)
    first = run(topics_url, folder, "dev", "--no-ui", **variables)
    assert first.returncode == 0, first.stderr
    with psycopg.connect(topics_url, autocommit=True) as connection:
        connection.execute(fault.encode())
    again = run(topics_url, folder, "dev", "--no-ui", **variables)
    assert again.returncode == 1, again.stderr
    assert said in again.stderr
    # The checks were run all the same, and show it.
    assert "topics: checks: " in again.stderr
    assert "entry_topics" in again.stdout
    assert "differ from the definition" in again.stdout or "labels" in again.stdout
