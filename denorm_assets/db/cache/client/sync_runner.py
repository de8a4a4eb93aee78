"""Carrying effects out in a thread: connections to both servers, and nothing that decides."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, LiteralString, TypeVar, cast

import psycopg
from psycopg.rows import tuple_row

from denorm_assets.db.cache.client.circuit_breaker import BUDGET_SECONDS, PROBE, Breaker, Budget, Unusable, probe_waits
from denorm_assets.db.cache.client.connection_reuse import living, may_ask_again
from denorm_assets.db.cache.client.effects import Ask, Command, Effect, Effects, Pause, Query
from denorm_assets.db.cache.client.postgres_options import OURS, settings_for
from denorm_assets.db.postgres.errors import translate, translate_connect
from denorm_assets.db.postgres.pooler import ASK_PROCESS, is_pooler
from denorm_assets.db.postgres.server_url import read_url
from denorm_assets.db.postgres.session_settings import set_all, set_all_locally
from denorm_assets.errors import CacheUnavailable

if TYPE_CHECKING:
    from denorm_assets.db.cache.client.sync_redis import Redis

Answer = TypeVar("Answer")


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
