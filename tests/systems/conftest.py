"""Databases of shipped systems that several test files read."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import pytest

from denorm_assets.db.example import load_sample
from denorm_assets.db.schema_changes import do_work
from denorm_assets.db.session import Database
from denorm_assets.model.schema_change import SoftDeletes
from denorm_assets.systems.notebooks import SYSTEM as NOTEBOOKS
from denorm_assets.systems.notebooks.older import APPLICATION_TABLES
from tests.conftest import Server
from tests.live import bring_up

_WITHOUT_SOFT_DELETES = replace(
    NOTEBOOKS, phases=tuple(phase for phase in NOTEBOOKS.phases if not isinstance(phase.work, SoftDeletes))
)


@pytest.fixture(scope="session")
def notebooks_template(server: Server) -> str:
    """Name of a database in which all of `notebooks` is live; clone it, never change it."""
    name = "notebooks_template"
    database = Database(server.create(name))
    load_sample(database, NOTEBOOKS, None)
    for phase in NOTEBOOKS.phases[:3]:
        do_work(database, NOTEBOOKS, phase, print)
    with database.session("notebooks") as session:
        for table in APPLICATION_TABLES:
            session.script(f"ALTER TABLE {table.name} ADD COLUMN deleted_at timestamptz")
    bring_up(database, _WITHOUT_SOFT_DELETES)
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
