"""Real servers for all tests: one embedded PostgreSQL per worker, a template database cloned per test."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from denorm_assets.db.cache.admin.register import install_caches
from denorm_assets.db.control import control_schema
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.sample_data import create_application_tables, load_sample
from denorm_assets.embedded.postgres import EmbeddedPostgres
from denorm_assets.embedded.temporary import temporary_postgres
from denorm_assets.embedded.valkey import EmbeddedValkey
from denorm_assets.systems.social import SYSTEM as SOCIAL
from denorm_assets.systems.topics import SYSTEM as TOPICS
from denorm_assets.testing.server import DatabaseServer
from tests.support.live import bring_up
from tests.support.sampling import left_out

_TOPICS_SAMPLE = 3_000
PEOPLE = """
INSERT INTO social.users (id, username, display_name) OVERRIDING SYSTEM VALUE
SELECT n, 'user' || n, 'User' FROM generate_series(1, 20) AS n;
INSERT INTO social.projects (id, owner_id, slug, title, category) OVERRIDING SYSTEM VALUE
SELECT n, 1, 'slug' || n, 'Project', 'web' FROM generate_series(1, 20) AS n;
INSERT INTO social.votes (user_id, project_id, value)
SELECT u, p, 1 FROM generate_series(1, 5) AS u, generate_series(1, 10) AS p WHERE p <= u * 2;
"""
"""Builder n upvoted the projects 1 to 2n, n up to 5; all others none."""
_numbers = itertools.count()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not in the sample, but for tests that somebody names one by one."""
    if any("::" in name for name in config.args):
        return
    out = left_out(items)
    if out:
        config.hook.pytest_deselected(items=list(out))
        items[:] = [item for item in items if item not in out]


class Server(DatabaseServer):
    """The test server: makes databases and takes them away again."""

    def __init__(self, postgres: EmbeddedPostgres) -> None:
        super().__init__(postgres.url("postgres"), copies_files=True)
        self.postgres = postgres


@contextmanager
def temporary_server(binaries: Path | None = None) -> Generator[Server]:
    """A server for the block, from the wheel or from a folder of `binaries`, its data gone afterwards."""
    with temporary_postgres({"wal_level": "logical"}, binaries) as postgres:
        yield Server(postgres)


@pytest.fixture(scope="session")
def server() -> Generator[Server]:
    with temporary_server() as made:
        yield made


@pytest.fixture(scope="session")
def valkey_server() -> Generator[EmbeddedValkey]:
    """A Valkey that tests share; keys of one database are never those of another."""
    home = Path(tempfile.mkdtemp(prefix="denorm-tests-valkey-"))
    made = EmbeddedValkey(home)
    made.start()
    yield made
    made.stop()
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def control_template(server: Server) -> str:
    """Name of a database that holds the control schema and nothing else; clone it, never change it."""
    return create_control_template(server)


def create_control_template(server: Server) -> str:
    """Make that database on `server`; returns its name."""
    name = "control_template"
    database = Database(server.create(name))
    with database.session() as session:
        control_schema.migrate(session)
    database.close()
    return name


@pytest.fixture(scope="session")
def topics_template(server: Server) -> str:
    """Name of a database that holds the sample of `topics`; clone it, never change it."""
    name = "topics_template"
    database = Database(server.create(name))
    load_sample(database, TOPICS, _TOPICS_SAMPLE)
    database.close()
    return name


@pytest.fixture(scope="session")
def loaded_template(server: Server, topics_template: str) -> str:
    """Name of a database in which all of `topics` is live; clone it, never change it."""
    name = "topics_loaded_template"
    database = Database(server.create(name, topics_template))
    bring_up(database, TOPICS)
    database.close()
    return name


@pytest.fixture
def new_database_name(server: Server) -> Generator[Callable[[], str]]:
    """Names of databases for one test; what has one is dropped in the end."""
    names: list[str] = []

    def name() -> str:
        names.append(f"test_{os.getpid()}_{next(_numbers)}")
        return names[-1]

    yield name
    for each in names:
        server.drop(each)


@pytest.fixture
def new_database(server: Server, new_database_name: Callable[[], str]) -> Callable[[str], str]:
    """Makes databases for one test from a template; each call returns a URL."""

    def make(template: str = "template0") -> str:
        return server.create(new_database_name(), template)

    return make


@pytest.fixture
def database_url(new_database: Callable[[str], str]) -> str:
    """URL of an empty database."""
    return new_database("template0")


@pytest.fixture
def database(database_url: str) -> Generator[Database]:
    """An empty database."""
    made = Database(database_url)
    yield made
    made.close()


@pytest.fixture
def topics_url(new_database: Callable[[str], str], topics_template: str) -> str:
    """URL of a database that holds the sample of `topics` and nothing of ours yet."""
    return new_database(topics_template)


@pytest.fixture
def topics(topics_url: str) -> Generator[Database]:
    """The same as a Database."""
    made = Database(topics_url)
    yield made
    made.close()


def create_votes(database: Database) -> None:
    """The application's tables, with the people and projects of PEOPLE."""
    assert SOCIAL.example is not None, "the system ships its tables"
    create_application_tables(database, SOCIAL, SOCIAL.example)
    with database.session() as session:
        session.script(PEOPLE)


@pytest.fixture(scope="session")
def votes_template(server: Server) -> str:
    """Name of a database with the votes of PEOPLE, and the caches registered; clone it, never change it."""
    name = "votes_template"
    database = Database(server.create(name))
    create_votes(database)
    install_caches(database, SOCIAL)
    database.close()
    return name


@pytest.fixture
def votes_url(new_database: Callable[[str], str], votes_template: str) -> str:
    """URL of such a database."""
    return new_database(votes_template)
