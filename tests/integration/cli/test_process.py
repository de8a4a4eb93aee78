"""The installed command as a process of its own: streams, exit statuses, help."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import click
import psycopg
import pytest
from click.testing import CliRunner

from denorm_assets.cli import COMMANDS, shell

COMMAND = Path(sys.executable).with_name("denorm-assets")
TOPICS = {"DENORM_SYSTEMS": "denorm_assets.systems.topics:SYSTEM"}


def run(url: str | None, folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DENORM_")}
    environment = {**environment, **TOPICS, "DENORM_HOME": str(folder / "home"), **variables}
    if url is not None:
        environment["DENORM_DATABASE_URL"] = url
    return subprocess.run(
        [str(COMMAND), *words], env=environment, cwd=folder, capture_output=True, text=True, check=False, timeout=250
    )


def test_command_json_goes_to_stdout_and_progress_to_stderr(topics_url: str, tmp_path: Path) -> None:
    applied = run(topics_url, tmp_path, "apply", "--json")
    assert (applied.returncode, bool(json.loads(applied.stdout))) == (0, True)
    assert "table topics.entry_topics: create" in applied.stderr
    loaded = run(topics_url, tmp_path, "backfill", "topics/entry_topics", "--pause", "0", "--json")
    assert (loaded.returncode, bool(json.loads(loaded.stdout))) == (0, True)
    assert "index entry_topics_topic_id_entry_id_key: create" in loaded.stderr
    checked = run(topics_url, tmp_path, "check", "--json")
    assert (checked.returncode, bool(json.loads(checked.stdout))) == (1, True)
    assert checked.stderr == ""


def test_command_refusal_is_one_message_without_traceback(tmp_path: Path) -> None:
    refused = run(None, tmp_path, "status", "--json")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("Error: DENORM_DATABASE_URL is not set")
    assert "Traceback" not in refused.stderr


def test_command_unexpected_error_is_one_line_and_private_file(topics_url: str, tmp_path: Path) -> None:
    run(topics_url, tmp_path, "apply")
    with psycopg.connect(topics_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE denorm.read_model RENAME COLUMN state TO condition")
    ended = run(topics_url, tmp_path, "status")
    assert (ended.returncode, ended.stdout) == (1, "")
    [line] = ended.stderr.splitlines()
    assert line.startswith("Error: UndefinedColumn: ")
    [kept] = (tmp_path / "home" / "errors").iterdir()
    assert str(kept) in line
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "Traceback" in kept.read_text()
    password = urlsplit(topics_url).password
    assert password is not None
    assert password not in kept.read_text() + line
    assert "Traceback" in run(topics_url, tmp_path, "--debug", "status").stderr
    nowhere = run(topics_url, tmp_path, "status", DENORM_HOME="/proc/none")
    assert nowhere.stderr.count("\n") == 1
    assert "--debug" in nowhere.stderr


def test_command_closed_pipe_shows_no_traceback(topics_url: str, tmp_path: Path) -> None:
    environment = {**os.environ, **TOPICS, "DENORM_HOME": str(tmp_path), "DENORM_DATABASE_URL": topics_url}
    piped = subprocess.run(
        ["bash", "-c", f"{COMMAND} plan --sql | head -n 1"],
        env=environment, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert piped.stdout.startswith("-- ")
    assert "Traceback" not in piped.stderr


def test_command_non_ascii_output_needs_no_locale(topics_url: str, tmp_path: Path) -> None:
    planned = run(topics_url, tmp_path, "plan", LC_ALL="C", LANG="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert planned.returncode == 0, planned.stderr


def test_command_unknown_name_exits_2() -> None:
    refused = CliRunner().invoke(shell, ["nosuch"])
    assert refused.exit_code == 2
    assert "No such command 'nosuch'" in refused.stderr


def test_command_unreadable_servers_file_of_other_user_is_named(tmp_path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("needs root: another user's file is made by giving up root's rights")
    home = tmp_path / "home"
    home.mkdir()
    (home / "servers.env").write_text("DENORM_DATABASE_URL='postgresql://nobody@127.0.0.1/x'\n")
    (home / "servers.env").chmod(0o600)
    script = (
        # The other user cannot read the packages: import everything first.
        "import os, sys; import denorm_assets.cli.commands.status, denorm_assets.unexpected; "
        "from denorm_assets.cli import main; "
        "sys.argv = ['denorm-assets', 'status']; "
        "os.setuid(65534); main()"
    )
    for folder in (*tmp_path.parents, tmp_path, home):
        if folder.owner() == "root" and folder.is_relative_to("/tmp/pytest-of-root"):
            folder.chmod(0o755)
    refused = subprocess.run(
        [sys.executable, "-c", script],
        env={"DENORM_HOME": str(home)}, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert refused.returncode == 2
    assert f"{home / 'servers.env'} cannot be read (Permission denied); it belongs to whoever runs" in refused.stderr


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_command_help_describes_command_and_each_option(name: str) -> None:
    command = shell.get_command(click.Context(shell), name)
    assert command is not None
    assert (command.name, command.get_short_help_str(limit=100)) == (name, COMMANDS[name])
    assert command.help
    assert command.help.rstrip().endswith(".")
    assert "..." not in command.get_short_help_str()
    assert all(option.help for option in command.params if isinstance(option, click.Option))


def test_command_help_imports_no_slow_packages() -> None:
    script = (
        "import sys; from denorm_assets.cli import shell; shell(['--help'], standalone_mode=False); "
        "print(sorted({name.partition('.')[0] for name in sys.modules}), 'denorm_assets.db' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    *_, imported = ran.stdout.splitlines()
    assert imported.endswith("False")
    assert not [name for name in ("dagster", "psycopg", "redis", "rich", "sqlalchemy", "sqlglot") if name in imported]
