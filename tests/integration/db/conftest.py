"""Cases: a database of its own and one small system in it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any

import pytest

from denorm_assets.db.postgres.database import Database
from denorm_assets.systems.topics import SYSTEM as TOPICS
from tests.conftest import Server
from tests.support.case import Case, pooled, system_of
from tests.support.case_process import kill_leftovers
from tests.support.identifiers.application import Library
from tests.support.identifiers.library import fill
from tests.support.set_up import FreshCase, SetUps, copies_allowed
from tests.support.soft_deleting import SHOP, Marking

MakeCase = Callable[..., FreshCase]


@pytest.fixture(scope="session")
def set_ups(server: Server) -> SetUps:
    """What tests of this server set up so far."""
    return SetUps(server)


@pytest.fixture(autouse=True)
def no_worker_outlives_its_test() -> Generator[None]:
    yield
    kill_leftovers()


@pytest.fixture
def make_case(
    request: pytest.FixtureRequest,
    new_database_name: Callable[[], str],
    set_ups: SetUps,
    control_template: str,
    tmp_path: Path,
) -> Generator[MakeCase]:
    """A function that makes a case from DDL and a definition; `key` and `driving` are as in a declaration."""
    made: list[Case] = []
    copied = copies_allowed(request.fixturenames)
    numbers = itertools.count()

    def make(
        ddl: str,
        definition: str,
        *,
        key: Sequence[str] = ("id",),
        driving: Sequence[str] = ("items.id",),
        schema: str = "app",
        apply: bool = True,
        copied: bool = copied,
        **declaration: Any,
    ) -> FreshCase:
        folder = tmp_path / f"case_{next(numbers)}"
        folder.mkdir()
        system = system_of(folder, definition, key=key, driving=driving, schema=schema, **declaration)
        control = control_template if apply else "template0"
        case = FreshCase(set_ups, new_database_name(), system, ddl, control=control, copied=copied)
        made.append(case)
        if apply:
            case.apply()
        return case

    yield make
    for case in made:
        case.close()


ITEMS = """
CREATE TABLE items (id bigint PRIMARY KEY, body text NOT NULL);
INSERT INTO items SELECT n, 'item ' || n FROM generate_series(1, {rows}) AS n;
"""
ITEMS_COPY = "SELECT id, body FROM items"


@pytest.fixture
def items(make_case: MakeCase) -> Callable[..., Case]:
    """A function that makes a case whose read model is a copy of `rows` items."""

    def make(rows: int = 2_500, **declaration: Any) -> Case:
        return make_case(ITEMS.format(rows=rows), ITEMS_COPY, **declaration)

    return make


@pytest.fixture
def topics_case(topics_url: str) -> Generator[Case]:
    """The shipped system with its sample; its tables are created, nothing is loaded."""
    case = Case(pooled(topics_url), topics_url, TOPICS, TOPICS.read_model("entry_topics"))
    case.apply()
    yield case
    case.close()


@pytest.fixture
def make_library(new_database: Callable[[str], str]) -> Generator[Callable[..., Library]]:
    """A function that makes a library of so many `people`, `books`, `tags` and `book_tags`."""
    made: list[Library] = []

    def make(**rows: int) -> Library:
        made.append(Library(new_database("template0")))
        fill(made[-1].url, **rows)
        return made[-1]

    yield make
    for library in made:
        library.close()


@pytest.fixture
def shop(database: Database, database_url: str) -> Marking:
    """Owners, their items and these items' notes; nothing of ours is there yet."""
    made = Marking(database, database_url)
    made.run(SHOP)
    return made
