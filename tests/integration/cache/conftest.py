"""The votes of `social` with its caches registered, a keeper, and a client."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString, cast

import psycopg
import pytest

from denorm_assets.db.cache.admin.warm_up import CacheAccess
from denorm_assets.db.cache.client.circuit_breaker import BUDGET_SECONDS
from denorm_assets.db.cache.client.sync_client import CacheClient
from denorm_assets.db.cache.client.sync_redis import Redis
from denorm_assets.db.cache.client.sync_runner import Runner
from denorm_assets.db.cache.invalidation.keeper import CacheKeeper, Forgotten
from denorm_assets.db.postgres.database import Database
from denorm_assets.embedded.valkey import EmbeddedValkey
from denorm_assets.model.system import System
from denorm_assets.systems.social import SYSTEM
from tests.integration.cache.driving import Driven
from tests.support.log_lines import LogLines

ENVIRONMENT = "tests"
LONG = 3_600.0
"""Seconds that a heartbeat of the tests is trusted: they say themselves when a keeper looks."""


@dataclass
class Votes:
    """A database with votes, and the means to cache them."""

    url: str
    redis_url: str
    database: Database
    system: System = SYSTEM
    patience: float = 20.0
    said: LogLines = field(default_factory=lambda: LogLines("denorm_assets.db.cache.client"))

    def __post_init__(self) -> None:
        self.redis = Redis(self.redis_url)
        self._clients: list[CacheClient] = []
        self.client = self.new_client()
        self.upvotes = self.client.set("user_upvotes")
        self.counts = self.client.count("project_upvotes")
        self._access: list[CacheAccess] = []

    @property
    def runner(self) -> Runner:
        """What carries out the client's steps."""
        return self.client.runner

    def new_client(self) -> CacheClient:
        """Another process's client."""
        self._clients.append(CacheClient(self.system, self.url, self.redis_url, ENVIRONMENT, patience=self.patience))
        return self._clients[-1]

    def driven(self, before: Callable[[Any], None] = lambda _step: None) -> Driven:
        """What carries out steps before the eyes of a test."""
        return Driven(self.runner, before)

    def keep(self, trust: float = LONG) -> list[Forgotten]:
        """One look of a keeper."""
        keeper = CacheKeeper(self.database, [self.system], self.redis, ENVIRONMENT, trust)
        return keeper.look()

    def sql(self, statement: str) -> None:
        """What the application writes without asking us."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(cast(LiteralString, statement))

    def access(self, name: str = "user_upvotes") -> CacheAccess:
        """Both servers, for work that takes its time."""
        made = CacheAccess(self.database, self.url, self.redis, ENVIRONMENT, self.system, self.system.cache(name))
        self._access.append(made)
        return made

    def slot(self, owner: int, name: str = "user_upvotes") -> str:
        """Key of a slot."""
        return self.access(name).keys.slot(owner)

    def raw(self, *command: str | bytes | int) -> Any:
        """The reply to one command."""
        [reply] = self.redis.ask((command,), 5.0)
        return reply

    def close(self) -> None:
        """Close all connections."""
        for access in self._access:
            access.close()
        for client in self._clients:
            client.close()
        self.redis.drop()
        self.database.close()


@pytest.fixture
def votes(votes_url: str, valkey_server: EmbeddedValkey) -> Generator[Votes]:
    """Votes in the shared Valkey; a keeper has looked once, and is trusted for the whole test."""
    made = Votes(votes_url, valkey_server.url(), Database(votes_url))
    made.keep()
    yield made
    made.close()


@pytest.fixture
def make_valkey() -> Generator[Callable[[], EmbeddedValkey]]:
    """A function that starts a Valkey of the test's own, to be ill-treated."""
    made: dict[Path, EmbeddedValkey] = {}

    def make() -> EmbeddedValkey:
        home = Path(tempfile.mkdtemp(prefix="denorm-tests-valkey-"))
        made[home] = EmbeddedValkey(home)
        made[home].start()
        return made[home]

    yield make
    for home, valkey in made.items():
        valkey.stop()
        with suppress(FileNotFoundError):
            shutil.rmtree(home)


@pytest.fixture
def valkey(make_valkey: Callable[[], EmbeddedValkey]) -> EmbeddedValkey:
    """One of them."""
    return make_valkey()


@pytest.fixture
def frail(votes_url: str, valkey: EmbeddedValkey) -> Generator[Votes]:
    """Votes in that Valkey."""
    made = Votes(votes_url, valkey.url(), Database(votes_url), patience=BUDGET_SECONDS)
    made.keep()
    yield made
    made.close()
