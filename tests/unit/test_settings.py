"""Settings: the environment first, then the file of the embedded servers; secrets stay out of sight."""

from __future__ import annotations

from pathlib import Path

import pytest

from denorm_assets.embedded.home import write_servers_file
from denorm_assets.errors import ConfigurationError, MissingSettings
from denorm_assets.settings import load_settings

URL = "postgresql://app:pä$$ 'quoted' \\ #${HOME}@127.0.0.1:5432/shop"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write_servers_file(tmp_path, {"DENORM_DATABASE_URL": URL, "DENORM_REDIS_URL": "redis://:hush@127.0.0.1"})
    return tmp_path


def test_settings_empty_environment_has_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings({})
    assert settings.home == tmp_path / ".denorm"
    assert settings.systems == ()
    assert settings.optional_redis_url is None
    with pytest.raises(MissingSettings, match="DENORM_DATABASE_URL is not set"):
        _ = settings.database_url


def test_settings_embedded_file_gives_urls_with_any_password(home: Path) -> None:
    settings = load_settings({"DENORM_HOME": str(home)})
    assert settings.database_url == URL
    assert settings.optional_redis_url == "redis://:hush@127.0.0.1"


def test_settings_environment_overrides_embedded_file(home: Path) -> None:
    mine = "postgresql://127.0.0.1/mine"
    assert load_settings({"DENORM_HOME": str(home), "DENORM_DATABASE_URL": mine}).database_url == mine
    assert load_settings({"DENORM_HOME": str(home), "DENORM_DATABASE_URL": ""}).database_url == URL


def test_settings_repr_hides_secrets(home: Path) -> None:
    shown = repr(load_settings({"DENORM_HOME": str(home), "DENORM_DAGSTER_URL": "postgresql://a:hush@h/d"}))
    assert "hush" not in shown
    assert "app:" not in shown


@pytest.mark.parametrize(
    ("given", "systems"),
    [("a:A", ("a:A",)), (" a:A , b.c:B ,", ("a:A", "b.c:B")), ("", ()), (",", ())],
)
def test_settings_systems_are_split_at_commas(tmp_path: Path, given: str, systems: tuple[str, ...]) -> None:
    assert load_settings({"DENORM_HOME": str(tmp_path), "DENORM_SYSTEMS": given}).systems == systems


def test_settings_systems_of_dev_count_on_its_own_database_only(home: Path) -> None:
    write_servers_file(home, {"DENORM_DATABASE_URL": URL, "DENORM_SYSTEMS": "a:A,b:B"})
    environ = {"DENORM_HOME": str(home)}
    assert load_settings(environ).systems == ("a:A", "b:B")
    assert load_settings({**environ, "DENORM_DATABASE_URL": URL}).systems == ("a:A", "b:B")
    assert load_settings({**environ, "DENORM_DATABASE_URL": "postgresql://127.0.0.1/mine"}).systems == ()
    assert load_settings({**environ, "DENORM_SYSTEMS": "c:C"}).systems == ("c:C",)


def test_settings_unknown_time_zone_is_refused(tmp_path: Path) -> None:
    home = {"DENORM_HOME": str(tmp_path)}
    assert load_settings(home).time_zone == "UTC"
    assert load_settings({**home, "DENORM_TIME_ZONE": "Europe/Zurich"}).time_zone == "Europe/Zurich"
    for wrong in ("Mars/Olympus", "../etc/passwd", "Europe"):
        with pytest.raises(ConfigurationError, match=r"DENORM_TIME_ZONE .* is no time zone\. Write an IANA name"):
            load_settings({**home, "DENORM_TIME_ZONE": wrong})


def test_settings_alert_command_and_webhook_are_read_and_hidden(tmp_path: Path) -> None:
    settings = load_settings(
        {
            "DENORM_HOME": str(tmp_path),
            "DENORM_ALERT_COMMAND": "notify --channel 'data team' --token hush",
            "DENORM_ALERT_WEBHOOK": "https://hooks.example:8443/hush%20@hush",
        }
    )
    assert settings.alert_command == ("notify", "--channel", "data team", "--token", "hush")
    assert settings.alert_webhook == "https://hooks.example:8443/hush%20@hush"
    assert "hush" not in repr(settings)


def test_settings_alert_env_is_list_of_variable_names(tmp_path: Path) -> None:
    home = {"DENORM_HOME": str(tmp_path)}
    assert load_settings(home).alert_environment == ()
    named = load_settings({**home, "DENORM_ALERT_ENV": " PAGER_TOKEN, https_proxy,"})
    assert named.alert_environment == ("PAGER_TOKEN", "https_proxy")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DENORM_ALERT_ENV", "TOKEN=hush"),
        ("DENORM_ALERT_ENV", "hush hush"),
        ("DENORM_ALERT_ENV", "*"),
        ("DENORM_ALERT_COMMAND", "notify 'hush"),
        ("DENORM_ALERT_WEBHOOK", "ftp://hush.example"),
        ("DENORM_ALERT_WEBHOOK", "hush.example/path"),
        ("DENORM_ALERT_WEBHOOK", "https://[hush"),
        ("DENORM_ALERT_WEBHOOK", "https://me:hush@hooks.example/path"),
        ("DENORM_ALERT_WEBHOOK", "https://hush@hooks.example/path"),
        ("DENORM_ALERT_WEBHOOK", "https://hooks.example:hush/path"),
        ("DENORM_ALERT_WEBHOOK", "https://hooks.example:99999/hush"),
        ("DENORM_ALERT_WEBHOOK", "https://hooks.example:0/hush"),
        ("DENORM_ALERT_WEBHOOK", "https://hooks.example/hush hush"),
        ("DENORM_ALERT_WEBHOOK", "https://hooks.example/hush\n"),
        ("DENORM_ALERT_WEBHOOK", "https://hooks.example/hüsh/hush"),
    ],
)
def test_settings_invalid_alert_value_is_refused_without_showing_it(tmp_path: Path, variable: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=variable) as refused:
        load_settings({"DENORM_HOME": str(tmp_path), variable: value})
    assert "hush" not in str(refused.value)


def test_settings_lock_bound_is_read_from_environment(tmp_path: Path) -> None:
    home = {"DENORM_HOME": str(tmp_path)}
    assert load_settings(home).lock_bound_ms == 200
    assert load_settings({**home, "DENORM_LOCK_BOUND_MS": "50"}).lock_bound_ms == 50


@pytest.mark.parametrize("given", ["9", "10001", "-100", "0.2", "200ms", "fast"])
def test_settings_invalid_lock_bound_is_refused(tmp_path: Path, given: str) -> None:
    with pytest.raises(ConfigurationError, match=r"DENORM_LOCK_BOUND_MS is .* from 10 to 10000, or unset it for 200"):
        load_settings({"DENORM_HOME": str(tmp_path), "DENORM_LOCK_BOUND_MS": given})


def test_settings_log_limit_is_read_from_environment(tmp_path: Path) -> None:
    home = {"DENORM_HOME": str(tmp_path)}
    assert load_settings(home).log_limit_mb == 10_240
    assert load_settings({**home, "DENORM_LOG_LIMIT_MB": "0"}).log_limit_mb == 0


@pytest.mark.parametrize("given", ["-1", "1.5", "10GB", "all", "1000000001"])
def test_settings_invalid_log_limit_is_refused(tmp_path: Path, given: str) -> None:
    with pytest.raises(ConfigurationError, match=r"DENORM_LOG_LIMIT_MB is .*, 0 for no limit, or unset it for 10240"):
        load_settings({"DENORM_HOME": str(tmp_path), "DENORM_LOG_LIMIT_MB": given})


def test_settings_refresh_limits_are_read_from_environment(tmp_path: Path) -> None:
    home = {"DENORM_HOME": str(tmp_path)}
    assert (load_settings(home).drain_seconds, load_settings(home).whole_seconds) == (60, 3_600)
    given = load_settings({**home, "DENORM_DRAIN_SECONDS": "5", "DENORM_WHOLE_SECONDS": "0"})
    assert (given.drain_seconds, given.whole_seconds) == (5, 0)


@pytest.mark.parametrize("given", ["-1", "1.5", "60s", "ever", "1000001"])
@pytest.mark.parametrize("name", ["DENORM_DRAIN_SECONDS", "DENORM_WHOLE_SECONDS"])
def test_settings_invalid_refresh_limit_is_refused(tmp_path: Path, name: str, given: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"{name} is .*, 0 for no limit, or unset it for "):
        load_settings({"DENORM_HOME": str(tmp_path), name: given})


def test_settings_environment_name_is_read(tmp_path: Path) -> None:
    home = {"DENORM_HOME": str(tmp_path)}
    assert load_settings(home).environment == "default"
    assert load_settings({**home, "DENORM_ENVIRONMENT": "staging-2"}).environment == "staging-2"


@pytest.mark.parametrize("given", ["a b", "prod:1", "*", "ü"])
def test_settings_environment_name_invalid_in_keys_is_refused(tmp_path: Path, given: str) -> None:
    with pytest.raises(ConfigurationError, match=r"DENORM_ENVIRONMENT is .*: write letters, digits, - and _ only"):
        load_settings({"DENORM_HOME": str(tmp_path), "DENORM_ENVIRONMENT": given})
