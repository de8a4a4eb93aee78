"""Carrying effects out in a thread: connections to both servers, and nothing that decides."""

# redis-py leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from math import inf
from typing import Any, LiteralString, TypeVar, cast

import psycopg
from psycopg.rows import tuple_row
from redis.connection import AbstractConnection, ConnectionPool
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from denorm_assets.db.cache.client.circuit_breaker import BUDGET_SECONDS, Breaker, Budget, probe_waits
from denorm_assets.db.cache.client.connection_reuse import living, may_ask_again
from denorm_assets.db.cache.client.effects import Ask, Command, Effect, Effects, Pause, Query
from denorm_assets.db.cache.client.postgres_options import OURS, settings_for
from denorm_assets.db.cache.client.redis_options import (
    CONNECTIONS,
    NO_RETRY,
    PROBE,
    address_of,
    connect_options,
)
from denorm_assets.db.cache.client.replies import Unusable, judged, refused
from denorm_assets.db.postgres.errors import translate, translate_connect
from denorm_assets.db.postgres.pooler import ASK_PROCESS, is_pooler
from denorm_assets.db.postgres.server_url import read_url
from denorm_assets.db.postgres.session_settings import set_all, set_all_locally
from denorm_assets.errors import CacheUnavailable

Answer = TypeVar("Answer")

_LEAST_SECONDS = 0.001
"""To take what has come already."""


class _HurriedSocket:
    """A socket from which nothing is read after a moment: a reply may come in any number of pieces."""

    def __init__(self, connected: socket.socket, of: _Hurried) -> None:
        self._connected = connected
        self._of = of

    def recv(self, at_most: int) -> bytes:
        """What comes next. Raises TimeoutError."""
        if time.monotonic() > self._of.until + _LEAST_SECONDS:
            raise TimeoutError
        return self._connected.recv(at_most)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connected, name)


class _Hurried(AbstractConnection):
    """Whatever it reads has to be there in time: what a server says when it is connected to, and the end of a reply."""

    until = inf

    def _connect(self) -> Any:
        return _HurriedSocket(cast(Any, super())._connect(), self)

    def read_response(self, *arguments: Any, **options: Any) -> Any:
        options["timeout"] = max(_LEAST_SECONDS, self.until - time.monotonic())
        return cast(Any, super()).read_response(*arguments, **options)


class Redis:
    """Connections to one Redis server, each command answered within a time or given up."""

    def __init__(self, url: str, connect_seconds: float = BUDGET_SECONDS) -> None:
        """Connects on first use, within so many seconds. Raises BadRedisUrl."""
        self.address = address_of(url)
        options = connect_options(connect_seconds)
        # Only for what it makes of the URL: it counts connections that are gone.
        pool = ConnectionPool.from_url(url, **options, retry=Retry(NO_RETRY, 0))
        self._kind = cast(type[_Hurried], type("HurriedConnection", (_Hurried, pool.connection_class), {}))
        self._options: dict[str, Any] = {**pool.connection_kwargs, **options}
        self.database = int(self._options.get("db") or 0)
        self._idle: list[_Hurried] = []
        self.free = threading.BoundedSemaphore(CONNECTIONS)
        """So many may ask at once; the others wait for them, and do not count that as waiting for Redis."""

    def ask(self, commands: Sequence[Command], seconds: float) -> list[Any]:
        """The replies. Raises CacheUnavailable, and Unusable where the next command would fail too."""
        connection = next(self._living(), None) or self._kind(**self._options)
        try:
            replies = _exchange(connection, commands, seconds)
        except Exception as error:
            # Whatever the server sends: redis-py raises ValueError and others for what it cannot read.
            connection.disconnect()
            raise refused(self.address, error) from None
        except BaseException:
            connection.disconnect()
            raise
        self._idle.append(connection)
        return judged(self.address, commands, replies)

    def drop(self) -> None:
        """Close idle connections."""
        while self._idle:
            self._idle.pop().disconnect()

    def _living(self) -> Iterator[_Hurried]:
        """Idle connections on which nothing is waiting to be read: it would be taken for the next reply."""
        while self._idle:
            connection = self._idle.pop()
            with suppress(RedisError, OSError):
                if not connection.can_read(0):
                    yield connection
                    return
            connection.disconnect()


def _exchange(connection: _Hurried, commands: Sequence[Command], seconds: float) -> list[Any]:
    until = connection.until = time.monotonic() + seconds
    connection.socket_connect_timeout = seconds
    connection.send_packed_command(connection.pack_commands(commands), check_health=False)
    replies: list[Any] = []
    for _ in commands:
        # Once more, because this thread may have been kept waiting itself.
        if not (connection.can_read(max(0.0, until - time.monotonic())) or connection.can_read(0)):
            raise TimeoutError
        try:
            replies.append(connection.read_response())
        except ResponseError as error:
            replies.append(error)
    return replies


class Postgres:
    """Connections to the application's database, for statements that are committed by themselves."""

    def __init__(self, url: str, schema: str, most: int) -> None:
        """Names without a schema mean `schema` first; at most `most` statements run at once. Connects on first use.

        Raises ConfigurationError for a `url` that `read_url` refuses.
        """
        self._server = read_url(url)
        self._named: Mapping[str, Any] = {**self._server.options, **OURS}
        self._schema = schema
        self._behind_pooler = False
        self._idle: dict[bool, list[psycopg.Connection[Any]]] = {False: [], True: []}
        """By whether what they run writes."""
        self._free = threading.BoundedSemaphore(most)

    def rows(self, query: Query) -> list[tuple[Any, ...]]:
        """What `query` yields. Raises ServerUnreachable."""
        with self._free, translate(self._server.address, self._server.role):
            idle = next(living(self._idle[query.writes]), None)
            fresh, connection = idle is None, idle or self._connect(query)
            try:
                return self._kept(connection, query)
            except psycopg.Error as error:
                if fresh or not may_ask_again(query, error, connection.broken):
                    raise
            return self._kept(self._connect(query), query)

    def close(self) -> None:
        """Close idle connections."""
        for idle in self._idle.values():
            while idle:
                idle.pop().close()

    def _kept(self, connection: psycopg.Connection[Any], query: Query) -> list[tuple[Any, ...]]:
        try:
            rows = self._answered(connection, query)
        except psycopg.errors.FeatureNotSupported:
            connection.close()
            raise
        finally:
            if connection.broken or connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                connection.close()
            else:
                self._idle[query.writes].append(connection)
        return rows

    def _answered(self, connection: psycopg.Connection[Any], query: Query) -> list[tuple[Any, ...]]:
        if not self._behind_pooler:
            return fetched(connection, query)
        with connection.transaction():
            connection.execute(set_all_locally(settings_for(self._schema, writes=query.writes)))
            return fetched(connection, query)

    def _connect(self, query: Query) -> psycopg.Connection[Any]:
        with translate_connect(self._server):
            connection = psycopg.connect(**self._named, autocommit=True)
            answer = connection.execute(ASK_PROCESS).fetchone()
            self._behind_pooler = is_pooler(connection.info, answer)
            if self._behind_pooler:
                # What a session prepares, the next transaction may not find.
                connection.prepare_threshold = None
            else:
                connection.execute(set_all(settings_for(self._schema, writes=query.writes)))
        return connection


def fetched(connection: psycopg.Connection[Any], query: Query) -> list[tuple[Any, ...]]:
    """The rows of one statement on one connection, whatever its owner makes of rows."""
    cursor = connection.cursor(row_factory=tuple_row)
    return cursor.execute(cast(LiteralString, query.text), query.params).fetchall()


class Runner:
    """Carries effects out; safe to share between threads."""

    def __init__(
        self, postgres: Postgres, redis: Redis | None, breaker: Breaker | None, budget: float = BUDGET_SECONDS
    ) -> None:
        """`budget` is what one call may spend on Redis, in seconds."""
        self._budget = budget
        self._postgres = postgres
        self._redis = redis
        self._breaker = breaker
        self._closed = threading.Event()

    def run(self, effects: Effects[Answer], connection: psycopg.Connection[Any] | None = None) -> Answer:
        """Carry `effects` out, statements on `connection` where one is given. Raises what they raise."""
        budget = Budget(self._budget)
        try:
            effect = next(effects)
            while True:
                try:
                    reply = self._perform(effect, budget, connection)
                except Exception as error:
                    effect = effects.throw(error)
                else:
                    effect = effects.send(reply)
        except StopIteration as done:
            return cast(Answer, done.value)

    def close(self) -> None:
        """Close all connections, and end the probing."""
        self._closed.set()
        self._postgres.close()
        if self._redis is not None:
            self._redis.drop()

    def _perform(self, effect: Effect, budget: Budget, connection: psycopg.Connection[Any] | None) -> Any:
        match effect:
            case Ask(commands):
                return self._ask(commands, budget)
            case Query():
                return self._postgres.rows(effect) if connection is None else fetched(connection, effect)
            case Pause(seconds):
                return time.sleep(seconds)

    def _ask(self, commands: Sequence[Command], budget: Budget) -> list[Any]:
        redis, breaker = self._redis, self._breaker
        if redis is None or breaker is None:
            raise CacheUnavailable("nowhere", "DENORM_REDIS_URL is not set")
        if budget.left <= 0:
            raise CacheUnavailable(redis.address, "this call has waited long enough")
        with redis.free:
            outage = breaker.outage
            if outage is not None:
                raise CacheUnavailable(redis.address, outage.reason)
            return self._timed(redis, breaker, commands, budget)

    def _timed(self, redis: Redis, breaker: Breaker, commands: Sequence[Command], budget: Budget) -> list[Any]:
        began = time.monotonic()
        try:
            return redis.ask(commands, budget.left)
        except Unusable as error:
            if breaker.open(error.reason):
                probe = threading.Thread(target=self._probe, args=(redis, breaker), name="redis probe", daemon=True)
                try:
                    probe.start()
                except RuntimeError:
                    # No thread to be had: the next call tries Redis itself.
                    breaker.close()
            raise
        finally:
            budget.left -= time.monotonic() - began

    def _probe(self, redis: Redis, breaker: Breaker) -> None:
        redis.drop()
        for wait in probe_waits():
            if self._closed.wait(wait):
                return
            try:
                redis.ask(PROBE, BUDGET_SECONDS)
            except CacheUnavailable:
                continue
            breaker.close()
            return
