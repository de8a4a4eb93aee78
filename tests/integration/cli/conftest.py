"""Shells over a real database: one that holds the sample of `topics`, and one for declarations of a test's own."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from denorm_assets.db.postgres.database import Database
from tests.conftest import Server
from tests.integration.embedded.conftest import home, make_home
from tests.support.shell import Project, Shell

__all__ = ["home", "make_home"]

_numbers = itertools.count()
ITEMS = """
CREATE SCHEMA app;
CREATE TABLE app.items (id bigint PRIMARY KEY, tag text, amount int NOT NULL DEFAULT 1);
INSERT INTO app.items SELECT n, 'tag ' || n % 10 FROM generate_series(1, 2500) AS n;
"""


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings but a home of the test's own; the folder that the test runs in is empty."""
    for name in [name for name in os.environ if name.startswith("DENORM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DENORM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DENORM_SYSTEMS", "denorm_assets.systems.topics:SYSTEM")
    # Modules of the test's own are found in the present folder; what that adds to sys.path goes again.
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def shell_on(
    clean_environment: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], Shell]:
    """Makes a shell over the database at a URL."""

    def make(url: str) -> Shell:
        monkeypatch.setenv("DENORM_DATABASE_URL", url)
        return Shell(url, monkeypatch, capsys)

    return make


@pytest.fixture
def shell(shell_on: Callable[[str], Shell], topics_url: str) -> Shell:
    """A shell over the sample of `topics`; nothing of ours is there yet."""
    return shell_on(topics_url)


@pytest.fixture
def loaded(shell_on: Callable[[str], Shell], new_database: Callable[[str], str], loaded_template: str) -> Shell:
    """A shell over `topics`, live."""
    return shell_on(new_database(loaded_template))


@pytest.fixture(scope="session")
def items_template(server: Server) -> str:
    """Name of a database that holds `app.items`; clone it, never change it."""
    name = "items_template"
    database = Database(server.create(name))
    with database.session() as session:
        session.script(ITEMS)
    database.close()
    return name


@pytest.fixture
def items_shell(shell_on: Callable[[str], Shell], new_database: Callable[[str], str], items_template: str) -> Shell:
    """A shell over `app.items`."""
    return shell_on(new_database(items_template))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clean_environment: None) -> Project:
    """A declaration of the read model `shop/links` over `app.items`, selected by DENORM_SYSTEMS."""
    made = Project(tmp_path, f"shop_{os.getpid()}_{next(_numbers)}")
    made.declare()
    monkeypatch.setenv("DENORM_SYSTEMS", made.reference)
    # A module that changes within a second would be taken from its cached bytecode.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return made
