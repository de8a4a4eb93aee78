"""`dev` in a folder that holds nothing: it needs a database and the names of systems."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.integration.browser.product import product_folder
from tests.integration.cli.test_process import COMMAND, run
from tests.support.dagster_tree import DagsterApi
from tests.support.hidden import EXTRA_PACKAGES, hiding

TOPICS = "denorm_assets.systems.topics:SYSTEM"
ASSETS = "{ assetsOrError { ... on AssetConnection { nodes { key { path } } } } }"


@pytest.mark.long
@pytest.mark.timeout(600)
def test_dev_empty_folder_without_ui_needs_no_extra(topics_url: str, tmp_path: Path) -> None:
    hidden = hiding(tmp_path / "hiding", *EXTRA_PACKAGES)
    folder = tmp_path / "empty"
    folder.mkdir()
    done = run(topics_url, folder, "dev", "--no-ui", "--json", PYTHONWARNINGS="ignore", **hidden)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in folder.iterdir()} == {"home"}
    home = folder / "home"
    assert not any((home / server).exists() for server in ("postgres", "valkey", "servers.env"))
    assert list((home / "dagster").rglob("*.db")), "Dagster's tables are in SQLite"


@pytest.mark.long
@pytest.mark.timeout(600)
def test_dev_empty_folder_shows_systems_and_other_shells_find_them(topics_url: str) -> None:
    with product_folder([TOPICS], DENORM_DATABASE_URL=topics_url) as folder:
        for path in list(folder.root.iterdir()):
            path.unlink()
        other_shell = {
            name: value
            for name, value in folder.environ.items()
            if name not in ("DENORM_DATABASE_URL", "DENORM_SYSTEMS")
        }
        with folder.running() as product:
            assert product.database_url == topics_url
            shown = DagsterApi(product.url).graphql(ASSETS)["assetsOrError"]["nodes"]
            assert ["topics", "entry_topics"] in [asset["key"]["path"] for asset in shown]
            status = subprocess.run(
                [COMMAND, "status", "--json"], cwd=folder.root, env=other_shell, capture_output=True, check=True
            )
        assert [row["model"] for row in json.loads(status.stdout)] == [
            "topics/entry_topics",
            "topics/entry_title_topics",
        ]
        assert list(folder.root.iterdir()) == []
        refused = subprocess.run(
            [COMMAND, "status"], cwd=folder.root, env=other_shell, capture_output=True, text=True, check=False
        )
        assert refused.stderr.startswith("Error: DENORM_DATABASE_URL is not set, ")
