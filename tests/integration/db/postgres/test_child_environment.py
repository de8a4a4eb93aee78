"""Programs that we start are given what they need, and no URL or token of ours."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from denorm_assets.alerts.deliver import send_alert
from denorm_assets.errors import LoadFailed
from denorm_assets.load_test.run import run_load
from denorm_assets.model.alert import Alert
from denorm_assets.settings import Settings
from denorm_assets.systems.social import SYSTEM as SOCIAL

SECRETS = (
    "DENORM_DATABASE_URL",
    "DENORM_DAGSTER_URL",
    "DENORM_REDIS_URL",
    "DENORM_ALERT_COMMAND",
    "DENORM_ALERT_WEBHOOK",
    "AWS_SECRET_ACCESS_KEY",
)
ALERT = Alert(
    "check_failed", "shop/links kept_fresh", "why", "ERROR", None, "/assets", datetime(2030, 1, 1, tzinfo=UTC)
)
USUAL = {"PATH": "/usr/bin:/bin", "HOME": "/root", "LANG": "C.UTF-8", "LC_TIME": "C", "TZ": "UTC", "TMPDIR": "/tmp"}


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name, "hush")
    monkeypatch.setenv("PGPASSWORD", "hush")
    for name, value in USUAL.items():
        monkeypatch.setenv(name, value)


def told(tmp_path: Path, *named: str) -> dict[str, str]:
    """The environment that the alert command was given."""
    file = tmp_path / "environment"
    command = ("sh", "-c", f"env -0 > {shlex.quote(str(file))}")
    send_alert(replace(Settings(tmp_path, ()), alert_command=command, alert_environment=named), ALERT)
    return read(file)


def read(file: Path) -> dict[str, str]:
    pairs = [line.partition("=") for line in file.read_text().split("\0") if line]
    # The shell's own.
    return {name: value for name, _, value in pairs if name not in ("PWD", "OLDPWD", "SHLVL", "_")}


@pytest.mark.usefixtures("secrets")
def test_alert_command_without_named_variables_gets_no_secrets(tmp_path: Path) -> None:
    found = told(tmp_path)
    assert USUAL.items() <= found.items()
    assert "hush" not in found.values()


@pytest.mark.usefixtures("secrets")
def test_alert_command_named_variable_is_passed_alone(tmp_path: Path) -> None:
    found = told(tmp_path, "AWS_SECRET_ACCESS_KEY", "NOT_SET")
    assert found["AWS_SECRET_ACCESS_KEY"] == "hush"
    assert [name for name, value in found.items() if value == "hush"] == ["AWS_SECRET_ACCESS_KEY"]


@pytest.mark.usefixtures("secrets")
def test_load_test_process_gets_database_url_and_no_other_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    file, program = tmp_path / "environment", tmp_path / "python"
    program.write_text(f"#!/bin/sh\nenv -0 > {shlex.quote(str(file))}\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    with pytest.raises(LoadFailed):
        run_load(database_url, SOCIAL, users=1)
    found = read(file)
    assert found["DENORM_DATABASE_URL"] == database_url
    assert {name for name, value in found.items() if value == "hush"} == {"PGPASSWORD"}
