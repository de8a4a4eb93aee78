"""What `dev` leaves behind while it runs, so that commands of other shells find its servers and systems."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from denorm_assets.cli.dev_servers.servers import running_servers
from denorm_assets.embedded.home import claim_home
from denorm_assets.settings import SERVERS_FILE, load_settings
from denorm_assets.systems.selection import load_systems


def test_running_servers_own_database_and_systems_are_found_by_other_shells(
    clean_environment: None, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DENORM_DATABASE_URL", database_url)
    settings = load_settings()
    other_shell = {"DENORM_HOME": os.environ["DENORM_HOME"]}
    with (
        claim_home(settings.home, "dev"),
        running_servers(settings, load_systems(settings.systems), postgres_port=None, valkey_port=None),
    ):
        found = load_settings(other_shell)
        assert found.systems == ("denorm_assets.systems.topics:SYSTEM",)
        # Nothing else runs: `topics` has no cache, and Dagster's tables are in SQLite.
        assert (found.database_url, found.optional_redis_url, found.optional_dagster_url) == (database_url, None, None)
        assert Path(".env").readlink() == settings.home / SERVERS_FILE
    assert load_settings(other_shell).systems == ()
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
