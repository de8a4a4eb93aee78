"""The plugin as pytest loads it: in projects of their own, each in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psycopg
import pytest

from tests.conftest import Server

STORE = Path(__file__).with_name("store.py")
STRICT = "[pytest]\nfilterwarnings = error\n"
PROVED = """
from hypothesis import Phase, given, settings, strategies as st
from store import SCHEMA, SYSTEM

@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(st.data())
def test_read_models_stay_right(system_live, data):
    with system_live(SYSTEM, SCHEMA) as live:
        live.run(data.draw(live.changes()))
        live.drain()
        live.assert_matches_definition()
"""
SPOILED = PROVED.replace(
    "as live:", """as live:\n        live.execute('ALTER TABLE "Album" DISABLE TRIGGER USER')\n        live.drain()"""
).replace("max_examples=25", "phases=(Phase.generate, Phase.shrink), max_examples=50")


def run_pytest(folder: Path, files: Mapping[str, str], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a project of these files, without what the process that runs this test has from its own."""
    for name, text in {"pytest.ini": STRICT, "store.py": STORE.read_text(encoding="utf-8"), **files}.items():
        (folder / name).write_text(text, encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DENORM_", "PYTEST_"))}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:valkey"]
    return subprocess.run(
        command, cwd=folder, env={**kept, **environment}, capture_output=True, text=True, check=False, timeout=280
    )


@pytest.fixture
def url(server: Server) -> str:
    """A database of the server that all tests share."""
    return server.postgres.url("postgres")


@pytest.mark.long
def test_plugin_right_read_models_pass(tmp_path: Path, url: str) -> None:
    done = run_pytest(tmp_path, {"test_store.py": PROVED}, DENORM_TEST_URL=url)
    assert "1 passed" in done.stdout, f"{done.stdout}\n{done.stderr}"
    assert done.returncode == 0


@pytest.mark.long
def test_plugin_planted_fault_is_found_and_shrunk(tmp_path: Path, url: str) -> None:
    done = run_pytest(tmp_path, {"test_store.py": SPOILED}, DENORM_TEST_URL=url)
    assert "1 failed" in done.stdout, f"{done.stdout}\n{done.stderr}"
    _, _, history = done.stdout.partition("Statements since the system went live:\n")
    changes = re.findall(r"^E +(?:INSERT|UPDATE|DELETE) .*;$", history, re.MULTILINE)
    assert len(changes) == 1, done.stdout
    assert "the check kept_fresh" in done.stdout.lower()
    assert "run `denorm-assets apply`" in done.stdout


def test_plugin_server_of_ini_option_is_used_and_databases_are_dropped(
    tmp_path: Path, server: Server, url: str
) -> None:
    test = """
from store import SCHEMA, SYSTEM

def test_server(system_live):
    with system_live(SYSTEM, SCHEMA) as live:
        assert live.execute("SELECT count(*) FROM artists") == [(5,)]
        print("DATABASE", live.url)
"""
    ini = f"{STRICT}denorm_test_url = {url}\naddopts = -s\n"
    done = run_pytest(tmp_path, {"test_store.py": test, "pytest.ini": ini})
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    found = re.search(r"DATABASE (\S+)/(denorm_test_\w+)", done.stdout)
    assert found is not None
    assert found[1] == url.rpartition("/")[0]
    with psycopg.connect(url) as connection:
        left = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", (f"{found[2][:-2]}%",))
        assert left.fetchall() == []


@pytest.mark.long
def test_plugin_without_server_starts_embedded_one(tmp_path: Path) -> None:
    test = """
from store import SCHEMA, SYSTEM

def test_server(system_live):
    with system_live(SYSTEM, SCHEMA) as live:
        live.assert_matches_definition()
"""
    done = run_pytest(tmp_path, {"test_store.py": test})
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


@pytest.mark.costly
@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"DENORM_POSTGRES_BIN": "/nowhere"}, "tests have no PostgreSQL: there is no initdb in /nowhere, which "),
        ({"DENORM_TEST_URL": "sqlite:///x"}, "DENORM_TEST_URL is not the URL of a PostgreSQL database. Write it as "),
        ({"DENORM_TEST_URL": "postgresql://127.0.0.1:1/x"}, "postgresql://127.0.0.1:1/x"),
    ],
    ids=["no binaries", "no url", "no server"],
)
def test_plugin_without_server_says_how_to_name_one(tmp_path: Path, environment: dict[str, str], said: str) -> None:
    test = """
from store import SCHEMA, SYSTEM

def test_server(system_live):
    with system_live(SYSTEM, SCHEMA):
        pass
"""
    done = run_pytest(tmp_path, {"test_store.py": test}, **environment)
    assert done.returncode == 1
    assert said in " ".join(done.stdout.split()), done.stdout


def test_plugin_project_without_its_fixtures_is_left_alone(tmp_path: Path) -> None:
    test = """
import sys

def test_nothing_is_loaded():
    ours = {name for name in sys.modules if name.startswith("denorm_assets")}
    assert ours == {"denorm_assets", "denorm_assets.pytest_plugin"}
    assert not {"psycopg", "dagster", "sqlglot", "sqlalchemy", "hypothesis"} & set(sys.modules)

def test_fixture_of_project_wins(system_live):
    assert system_live == "mine"
"""
    conftest = """
import pytest

@pytest.fixture
def system_live():
    return "mine"
"""
    done = run_pytest(tmp_path, {"test_alone.py": test, "conftest.py": conftest})
    assert "2 passed" in done.stdout, f"{done.stdout}\n{done.stderr}"
