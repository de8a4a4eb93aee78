"""Databases of shipped systems that several test files read."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.sample_data import load_sample
from denorm_assets.systems.notebooks import SYSTEM as NOTEBOOKS
from tests.conftest import Server
from tests.support.live import bring_up


@pytest.fixture(scope="session")
def notebooks_template(server: Server) -> str:
    """Name of a database in which all of `notebooks` is live; clone it, never change it."""
    name = "notebooks_template"
    database = Database(server.create(name))
    load_sample(database, NOTEBOOKS, None)
    bring_up(database, NOTEBOOKS)
    # Which index serves a page is planned by statistics.
    with database.session() as session:
        session.script("ANALYZE")
    database.close()
    return name


@pytest.fixture(scope="module")
def library_url(server: Server, notebooks_template: str) -> Generator[str]:
    """URL of the live system `notebooks`, for tests that only read."""
    yield server.create("notebooks_read_only", notebooks_template)
    server.drop("notebooks_read_only")


@pytest.fixture(scope="module")
def library(library_url: str) -> Generator[Database]:
    """The same as a Database."""
    made = Database(library_url)
    yield made
    made.close()
