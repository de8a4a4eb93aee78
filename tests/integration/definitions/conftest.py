"""Graphs over databases of their own, on Dagster instances of their own."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, LiteralString, cast

import dagster as dg
import psycopg
import pytest

from denorm_assets.model.system import System
from denorm_assets.systems.topics import SYSTEM as TOPICS
from tests.integration.definitions.graph import RANGES, Graph
from tests.support.case import system_of

ITEMS = """
CREATE SCHEMA app;
CREATE TABLE app.items (id bigint PRIMARY KEY, amount int NOT NULL);
INSERT INTO app.items SELECT n, 1 FROM generate_series(1, 2500) AS n;
"""
SHARES = "SELECT id, 100 / amount AS share FROM items"


class Application:
    """The application's side of a database."""

    def __init__(self, url: str) -> None:
        self.url = url

    def run(self, statement: str) -> None:
        """Run SQL."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(cast(LiteralString, statement))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What `query` yields."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(cast(LiteralString, query)).fetchall()


@pytest.fixture
def instance() -> Generator[dg.DagsterInstance]:
    """A quick Dagster instance that forgets everything."""
    with dg.DagsterInstance.ephemeral() as made:
        yield made


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings but a home of the test's own."""
    for name in [name for name in os.environ if name.startswith(("DENORM_", "DAGSTER_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DENORM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DENORM_SYSTEMS", "denorm_assets.systems.topics:SYSTEM")


@pytest.fixture
def topics_application(clean_environment: None, topics_url: str, monkeypatch: pytest.MonkeyPatch) -> Application:
    """The sample of `topics`, as the database that DENORM_DATABASE_URL names."""
    monkeypatch.setenv("DENORM_DATABASE_URL", topics_url)
    return Application(topics_url)


@pytest.fixture
def topics_graph(topics_application: Application, instance: dg.DagsterInstance) -> Graph:
    """The shipped system; nothing is materialized."""
    return Graph.of(TOPICS, instance)


@pytest.fixture
def application(clean_environment: None, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Application:
    """2,500 items, as the database that DENORM_DATABASE_URL names."""
    monkeypatch.setenv("DENORM_DATABASE_URL", database_url)
    made = Application(database_url)
    made.run(ITEMS)
    return made


@pytest.fixture
def make_shop(tmp_path: Path) -> Callable[..., System]:
    """A function that makes a system of one read model `links`; an item with the amount 0 is poison to the default."""

    def make(definition: str = SHARES, **declaration: Any) -> System:
        return system_of(tmp_path, definition, key=("id",), driving=("items.id",), **declaration)

    return make


@pytest.fixture
def shop(application: Application, make_shop: Callable[..., System], instance: dg.DagsterInstance) -> Graph:
    """A system over `application`: ranges 1-1000, 1001-2000, 2001-2500 and rest, each item once; set up."""
    graph = Graph.of(make_shop(), instance)
    graph.set_up()
    return graph


@pytest.fixture
def loaded(shop: Graph) -> Graph:
    """The same, with every range done and the read model live."""
    done = shop.materialize("links", "links_indexes", first=RANGES[0], last=RANGES[-1], pause=0.0)
    assert done.success, done.failure
    return shop
