"""The cache beside SQL, beside bare round trips, in an outage, under a thousand readers, and filled ahead of them."""

# redis-py leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import os
import random
import signal
import tempfile
import time
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
import redis

from denorm_assets.db.cache.admin.compare import memory
from denorm_assets.db.cache.admin.purge_keys import cached_keys
from denorm_assets.db.cache.admin.register import install_caches
from denorm_assets.db.cache.admin.warm_up import CacheAccess, warm_up
from denorm_assets.db.cache.client.async_redis import AsyncRedis
from denorm_assets.db.cache.client.async_runner import AsyncPostgres, AsyncRunner
from denorm_assets.db.cache.client.circuit_breaker import Breaker, Budget
from denorm_assets.db.cache.client.effects import Query
from denorm_assets.db.cache.client.operations import questions
from denorm_assets.db.cache.client.sync_client import CacheClient, SetCache
from denorm_assets.db.cache.client.sync_redis import Redis
from denorm_assets.db.cache.invalidation.keeper import ASK_SECONDS, TRUST_SECONDS, CacheKeeper
from denorm_assets.db.cache.invalidation.thread import CacheMinder, look
from denorm_assets.db.postgres.database import Database
from denorm_assets.embedded.processes import wait_until
from denorm_assets.embedded.valkey import EmbeddedValkey
from denorm_assets.model.cached_set import CachedCount, CachedSet
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import System
from tests.bench.servers import bench_server
from tests.support.reports import Figure, report

USERS = {"small": 100_000, "full": 1_000_000}
MEMBERS = 20
PROJECTS = 200_000
IDS = 50
ROUNDS = 1_000
VOTES_TIMED = 60
VOTERS = 8
TURNS = 3
OUTAGES = 7
READERS = 1_000
HOT = 1
"""The project that everybody upvoted, beside nineteen others each."""
_ENVIRONMENT = "bench"

_SCHEMA = """
DROP SCHEMA IF EXISTS denorm CASCADE;
DROP SCHEMA IF EXISTS cachebench CASCADE;
CREATE SCHEMA cachebench;
CREATE TABLE cachebench.votes (user_id bigint, project_id bigint);
INSERT INTO cachebench.votes
SELECT u, CASE n WHEN 0 THEN 1 ELSE 2 + (u::bigint * 7919 + n * 10007) % {projects} END
FROM generate_series(1, {users}) AS u, generate_series(0, {members} - 1) AS n;
ALTER TABLE cachebench.votes ADD PRIMARY KEY (user_id, project_id);
CREATE INDEX ON cachebench.votes (project_id);
VACUUM ANALYZE cachebench.votes;
"""
_ADD = "INSERT INTO cachebench.votes VALUES (%(owner)s, %(member)s) ON CONFLICT DO NOTHING"
_REMOVE = "DELETE FROM cachebench.votes WHERE user_id = %(owner)s AND project_id = %(member)s"


@dataclass
class Bench:
    """Votes in a database, and both servers."""

    url: str
    redis_url: str
    users: int
    folder: Path
    system: System
    database: Database
    valkey: EmbeddedValkey

    def client(self) -> CacheClient:
        """A client as an application has it."""
        return CacheClient(self.system, self.url, self.redis_url, _ENVIRONMENT)


def run(size: str) -> bool:
    """Measure; returns whether all goals are met."""
    goal = 40 if size == "full" else None
    with _prepared(USERS[size]) as bench, _kept(bench):
        figures = [
            *_round_trips(bench),
            *_reads(bench),
            *_votes(bench, goal),
            *_votes_at_once(bench, goal),
            *_outages(bench),
            *asyncio.run(_cold_key(bench)),
            *_warm_up(bench),
        ]
    return report(f"bench-cache-{size}", figures)


@contextmanager
def _prepared(users: int) -> Generator[Bench]:
    with bench_server() as postgres, tempfile.TemporaryDirectory() as folder:
        # Of its own: one that begins with what a killed run left in it is busy for seconds.
        valkey = EmbeddedValkey(Path(folder))
        valkey.start()
        postgres.ensure_database("cache")
        url = postgres.url("cache")
        with psycopg.connect(url, autocommit=True) as connection:
            text = _SCHEMA
            for name, value in (("projects", PROJECTS - 2), ("users", users), ("members", MEMBERS)):
                text = text.replace(f"{{{name}}}", str(value))
            for statement in text.split(";\n"):
                connection.execute(statement.encode())
        system = _system(Path(folder))
        database = Database(url)
        install_caches(database, system)
        try:
            yield Bench(url, valkey.url(), users, Path(folder), system, database, valkey)
        finally:
            database.close()
            valkey.stop()


def _system(folder: Path) -> System:
    def file(name: str, text: str) -> SqlFile:
        (folder / name).write_text(text)
        return SqlFile(folder / name)

    votes = CachedSet(
        name="upvotes",
        definition=file("upvotes.sql", "SELECT user_id, project_id FROM votes"),
        owner="user_id",
        member="project_id",
        add=file("add.sql", _ADD),
        remove=file("remove.sql", _REMOVE),
    )
    counts = CachedCount(
        name="counts",
        definition=file("counts.sql", "SELECT project_id, count(*) AS upvotes FROM votes GROUP BY project_id"),
        owner="project_id",
        count="upvotes",
        of="upvotes",
    )
    return System("cachebench", "cachebench", (), caches=(votes, counts))


@contextmanager
def _kept(bench: Bench) -> Generator[None]:
    """A keeper in a process of its own, as the worker is."""
    processes = multiprocessing.get_context("spawn")
    looked, stop = processes.Event(), processes.Event()
    keeper = processes.Process(target=_keep, args=(bench.url, bench.redis_url, bench.folder, looked, stop))
    keeper.start()
    try:
        assert looked.wait(60), "the keeper did not look"
        yield
    finally:
        stop.set()
        keeper.join()


def _keep(url: str, redis_url: str, folder: Path, looked: Event, stop: Event) -> None:
    database = Database(url)
    keeper = CacheKeeper(database, [_system(folder)], Redis(redis_url, ASK_SECONDS), _ENVIRONMENT, TRUST_SECONDS)
    minder = CacheMinder(keeper, lambda _found: None)
    assert wait_until(lambda: not look(keeper)[1], 20), "both servers answer"
    looked.set()
    minder.start()
    stop.wait()
    minder.stop()
    database.close()


def _round_trips(bench: Bench) -> list[Figure]:
    ask = Redis(bench.redis_url)
    with psycopg.connect(bench.url, autocommit=True) as connection:
        trips = _timed(
            {
                "Redis": lambda: ask.ask((("PING",),), 1.0),
                "PostgreSQL": lambda: connection.execute("SELECT 1").fetchone(),
            },
            ROUNDS,
        )
    ask.drop()
    return [Figure(f"bare round trip to {name}", 1000 * found, "ms") for name, found in trips.items()]


def _reads(bench: Bench) -> list[Figure]:
    dice = random.Random(1)
    users = [dice.randint(1, bench.users) for _ in range(200)]

    with bench.client() as client, psycopg.connect(bench.url, autocommit=True) as connection:
        upvotes = client.set("upvotes")
        for user in users:
            upvotes.members(user)

        questions_asked = [(dice.choice(users), dice.sample(range(1, PROJECTS), IDS)) for _ in range(ROUNDS)]
        asked = itertools.cycle(questions_asked).__next__

        def in_sql() -> None:
            connection.execute(
                "SELECT project_id FROM cachebench.votes WHERE user_id = %s AND project_id = ANY (%s)", asked()
            ).fetchall()

        found = _timed({"SQL": in_sql, "cache": lambda: upvotes.contains(*asked())}, ROUNDS)
        hits = upvotes.health().hits
    return [
        Figure(f"{IDS} ids in SQL", 1000 * found["SQL"], "ms"),
        Figure(f"{IDS} ids in the cache", 1000 * found["cache"], "ms"),
        Figure("cache beside SQL", found["SQL"] / found["cache"], "x"),
        Figure("of these reads, answered by Redis", hits, at_least=0.99 * ROUNDS),
    ]


def _naively(connection: psycopg.Connection[Any], user: int) -> None:
    """As pages do it: check, write, count."""
    asked = {"owner": user, "member": HOT}
    there = connection.execute(
        "SELECT EXISTS (SELECT FROM cachebench.votes WHERE user_id = %(owner)s AND project_id = %(member)s)", asked
    ).fetchone()
    assert there is not None, "EXISTS yields a row"
    connection.execute(_REMOVE if there[0] else _ADD, asked)
    connection.execute("SELECT count(*) FROM cachebench.votes WHERE project_id = %(member)s", asked).fetchone()


def _through_client(client: CacheClient, user: int) -> None:
    client.set("upvotes").toggle(user, HOT)
    client.count("counts").count(HOT)


def _votes(bench: Bench, goal: float | None) -> list[Figure]:
    """Whether the user upvotes it now, and how many do: the page's answer to a click."""
    dice = random.Random(2)

    with bench.client() as client, psycopg.connect(bench.url, autocommit=True) as connection:

        def only_writing() -> None:
            connection.execute(
                _ADD, {"owner": dice.randint(1, bench.users), "member": PROJECTS + dice.randint(1, 9**9)}
            )

        ways = {
            "SQL": lambda: _naively(connection, dice.randint(1, bench.users)),
            "cache": lambda: _through_client(client, dice.randint(1, bench.users)),
            "write": only_writing,
        }
        found = _timed(ways, VOTES_TIMED)
    sql, cache, write = (found[name] for name in ("SQL", "cache", "write"))
    return [
        Figure("a durable write by itself", 1000 * write, "ms"),
        Figure(f"an upvote and the count of {bench.users:,} in SQL", 1000 * sql, "ms"),
        Figure("the same through the client", 1000 * cache, "ms"),
        Figure("client beside SQL", sql / cache, "x", at_least=goal),
        Figure("without the durable write in both", (sql - write) / (cache - write), "x"),
    ]


def _votes_at_once(bench: Bench, goal: float | None) -> list[Figure]:
    """The same while others vote too, as they do on a page that is worth a cache."""
    taken: dict[str, list[float]] = {"SQL": [], "cache": []}
    with bench.client() as client, ThreadPoolExecutor(VOTERS) as voters:

        def vote(seed: str, votes: int, way: Callable[[int], None]) -> list[float]:
            dice = random.Random(seed)
            return [_seconds(lambda: way(dice.randint(1, bench.users))) for _ in range(votes)]

        def in_sql(seed: str) -> list[float]:
            with psycopg.connect(bench.url, autocommit=True) as connection:
                return vote(seed, 6, lambda user: _naively(connection, user))

        def in_cache(seed: str) -> list[float]:
            return vote(seed, 300, lambda user: _through_client(client, user))

        for turn in range(TURNS):
            for name, way in (("SQL", in_sql), ("cache", in_cache)):
                for found in voters.map(way, [f"{turn} {name} {voter}" for voter in range(VOTERS)]):
                    taken[name] += found
    sql, cache = (median(taken[name]) for name in ("SQL", "cache"))
    return [
        Figure(f"{VOTERS} voters at once: in SQL", 1000 * sql, "ms"),
        Figure(f"{VOTERS} voters at once: through the client", 1000 * cache, "ms"),
        Figure(f"{VOTERS} voters at once: client beside SQL", sql / cache, "x", at_least=goal),
    ]


def _seconds(what: Callable[[], object]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


def _outages(bench: Bench) -> list[Figure]:
    pid = bench.valkey.pid
    assert pid is not None
    reads: list[float] = []
    writes: list[float] = []
    later: list[float] = []
    with bench.client() as client, CacheClient(bench.system, bench.url, None, _ENVIRONMENT) as alone:
        upvotes, without = client.set("upvotes"), alone.set("upvotes")

        def read(of: SetCache) -> float:
            return _seconds(lambda: of.contains(7, range(1, IDS)))

        def write(of: SetCache) -> float:
            return _seconds(lambda: of.toggle(7, PROJECTS + 1))

        def added(what: Callable[[SetCache], float]) -> float:
            return what(upvotes) - what(without)

        for first, what in ((reads, read), (writes, write)):
            for _ in range(OUTAGES):
                assert wait_until(lambda: upvotes.health().answering, 20)
                upvotes.members(7)
                read(upvotes)
                os.kill(pid, signal.SIGSTOP)
                try:
                    first.append(added(what))
                    later += [added(read) for _ in range(50)]
                finally:
                    os.kill(pid, signal.SIGCONT)
    return [
        Figure("a hung Redis adds to the first call, at most", 1000 * max(reads), "ms", at_most=50),
        Figure("to the first one if that writes", 1000 * median(writes), "ms", at_most=50),
        Figure("and to the others", 1000 * median(later), "ms", at_most=0.1),
    ]


class _Counting(AsyncPostgres):
    """Counts what is asked."""

    asked = 0

    async def rows(self, query: Query) -> list[tuple[Any, ...]]:
        self.asked += "owner" in str(query.params)
        return await super().rows(query)


async def _cold_key(bench: Bench) -> list[Figure]:
    """A thousand tasks want one count that nobody holds."""
    ask = AsyncRedis(bench.redis_url)
    breaker = Breaker(ask.address)
    postgres = _Counting(bench.url, bench.system.schema, 10)
    runner = AsyncRunner(postgres, ask, breaker)
    counts = questions(bench.system, _ENVIRONMENT, breaker)[1]("counts")
    await runner.run(counts.count(PROJECTS - 1))
    keys = await runner.run(counts.reader.keys())
    await ask.ask((("DEL", keys.slot(HOT)),), Budget(1.0))
    postgres.asked = 0
    began = time.perf_counter()
    answers = await asyncio.gather(*(runner.run(counts.count(HOT)) for _ in range(READERS)))
    took = time.perf_counter() - began
    await runner.close()
    return [
        Figure(f"{READERS:,} readers of a cold key: queries", postgres.asked, at_most=1),
        Figure("different answers", len(set(answers)), at_most=1),
        Figure("until all were answered", took, "s"),
    ]


def _warm_up(bench: Bench) -> list[Figure]:
    cached_keys(bench.database, Redis(bench.redis_url), _ENVIRONMENT, bench.system, remove=True)
    access = CacheAccess(
        bench.database, bench.url, Redis(bench.redis_url), _ENVIRONMENT, bench.system, bench.system.caches[0]
    )
    began = time.perf_counter()
    warmed = warm_up(bench.database, access, None, None)
    ours = time.perf_counter() - began
    took = float(memory(access).figures["used bytes"])
    cached_keys(bench.database, Redis(bench.redis_url), _ENVIRONMENT, bench.system, remove=True)
    freed = float(memory(access).figures["used bytes"])
    access.close()
    plain = _plain_load(bench)
    return [
        Figure(f"warm-up of {warmed.loaded:,} users with {MEMBERS} members each", ours, "s"),
        Figure("users a second", warmed.loaded / ours),
        Figure("the plain pipelined load", plain, "s"),
        Figure("rate beside it", plain / ours, "x", at_least=0.5),
        Figure("memory per user", (took - freed) / warmed.loaded, "bytes"),
    ]


def _plain_load(bench: Bench) -> float:
    """What one writes without us: members grouped by SQL, a pipeline of SADD, no versions, nobody writing meanwhile."""
    began = time.perf_counter()
    with (
        redis.Redis.from_url(bench.redis_url) as client,
        psycopg.connect(bench.url) as connection,
        connection.cursor("all") as cursor,
    ):
        cursor.itersize = 1_000
        cursor.execute("SELECT user_id, array_agg(project_id) FROM cachebench.votes GROUP BY user_id ORDER BY user_id")
        while rows := cursor.fetchmany(1_000):
            pipeline = client.pipeline(transaction=False)
            for user, projects in rows:
                pipeline.sadd(f"plain:{user}", *projects)
            pipeline.execute()
    return time.perf_counter() - began


def _timed(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each, taking turns in random order: what runs after a scan finds cold caches."""
    dice = random.Random(3)
    for way in ways.values():
        for _ in range(10):
            way()
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name in sorted(ways, key=lambda _: dice.random()):
            taken[name].append(_seconds(ways[name]))
    return {name: median(found) for name, found in taken.items()}
