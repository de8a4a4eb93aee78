"""Settings: the environment first, then the file of the embedded servers; secrets stay out of sight."""

from __future__ import annotations

from pathlib import Path

import pytest

from denorm_assets.embedded.home import write_servers_file
from denorm_assets.errors import MissingSettings
from denorm_assets.settings import SHIPPED_SYSTEMS, load_settings

URL = "postgresql://app:pä$$ 'quoted' \\ #${HOME}@127.0.0.1:5432/shop"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write_servers_file(tmp_path, {"DENORM_DATABASE_URL": URL, "DENORM_REDIS_URL": "redis://:hush@127.0.0.1"})
    return tmp_path


def test_an_empty_environment_has_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings({})
    assert settings.home == tmp_path / ".denorm"
    assert settings.systems == SHIPPED_SYSTEMS
    assert settings.optional_redis_url is None
    with pytest.raises(MissingSettings, match="DENORM_DATABASE_URL is not set"):
        _ = settings.database_url


def test_embedded_servers_are_found_through_their_file_whatever_their_passwords_hold(home: Path) -> None:
    settings = load_settings({"DENORM_HOME": str(home)})
    assert settings.database_url == URL
    assert settings.optional_redis_url == "redis://:hush@127.0.0.1"


def test_the_environment_wins_over_the_file_where_it_says_something(home: Path) -> None:
    mine = "postgresql://127.0.0.1/mine"
    assert load_settings({"DENORM_HOME": str(home), "DENORM_DATABASE_URL": mine}).database_url == mine
    assert load_settings({"DENORM_HOME": str(home), "DENORM_DATABASE_URL": ""}).database_url == URL


def test_secrets_stay_out_of_what_is_printed(home: Path) -> None:
    shown = repr(load_settings({"DENORM_HOME": str(home), "DENORM_DAGSTER_URL": "postgresql://a:hush@h/d"}))
    assert "hush" not in shown
    assert "app:" not in shown


@pytest.mark.parametrize(
    ("given", "systems"),
    [("a:A", ("a:A",)), (" a:A , b.c:B ,", ("a:A", "b.c:B")), ("", SHIPPED_SYSTEMS), (",", SHIPPED_SYSTEMS)],
)
def test_systems_are_separated_by_commas(tmp_path: Path, given: str, systems: tuple[str, ...]) -> None:
    assert load_settings({"DENORM_HOME": str(tmp_path), "DENORM_SYSTEMS": given}).systems == systems
