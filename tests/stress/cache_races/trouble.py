"""What befalls the servers and processes of a race, one thing at a time, and when neither server could be relied on."""

# redis-py leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psycopg
import redis

from denorm_assets.embedded.postgres import EmbeddedPostgres
from denorm_assets.embedded.processes import wait_until
from denorm_assets.embedded.valkey import EmbeddedValkey
from tests.stress.races.drivers import ProcessDriver

_PATIENCE = 60.0


@dataclass
class Trouble:
    """Makes trouble until it is told to stop.

    Attributes:
        happened: what was done, and how often.
        outages: from when to when a server was not reachable.
    """

    postgres: EmbeddedPostgres
    valkey: EmbeddedValkey
    worker: ProcessDriver
    kill_racer: Callable[[random.Random], None]
    dice: random.Random
    pause: tuple[float, float]
    happened: Counter[str] = field(default_factory=Counter[str])
    outages: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])

    def make(self, stop: threading.Event) -> None:
        """One thing after another until `stop`."""
        ways: list[Callable[[], None]] = [
            *([self._empty] * 4),
            *([self._hang] * 3),
            *([self._kill_racer] * 2),
            *([self._kill_valkey, self._kill_postgres, self._kill_worker]),
            *([self._fill_up, self._hang_worker]),
        ]
        while not stop.wait(self.dice.uniform(*self.pause)):
            way = self.dice.choice(ways)
            name = way.__name__.lstrip("_").replace("_", " ")
            self.happened[name] += 1
            way()

    def _empty(self) -> None:
        with self._redis() as client:
            client.flushall()

    def _hang(self) -> None:
        pid = self.valkey.pid
        assert pid is not None
        with self._outage():
            os.kill(pid, signal.SIGSTOP)
            time.sleep(self.dice.choice([0.04, 0.2, 1.0, 2.0]))
            os.kill(pid, signal.SIGCONT)

    def _kill_valkey(self) -> None:
        pid = self.valkey.pid
        assert pid is not None
        with self._outage():
            os.kill(pid, signal.SIGKILL)
            assert wait_until(lambda: self.valkey.pid is None, _PATIENCE)
            time.sleep(self.dice.uniform(0, 1))
            self.valkey.start()

    def _fill_up(self) -> None:
        with self._redis() as client:
            client.config_set("maxmemory", 1)
            time.sleep(self.dice.uniform(0.1, 1.5))
            client.config_set("maxmemory", 0)

    def _kill_worker(self) -> None:
        self.worker.kill()
        time.sleep(self.dice.uniform(0, 2))
        self.worker.start()

    def _hang_worker(self) -> None:
        self.worker.process.send_signal(signal.SIGSTOP)
        time.sleep(self.dice.uniform(0.2, 2))
        self.worker.process.send_signal(signal.SIGCONT)

    def _kill_racer(self) -> None:
        self.kill_racer(self.dice)

    def _kill_postgres(self) -> None:
        pid = self.postgres.pid
        assert pid is not None
        with self._outage():
            os.kill(pid, signal.SIGKILL)
            assert wait_until(lambda: self.postgres.pid is None, _PATIENCE)
            self.postgres.start()
            self._await_postgres()

    def _await_postgres(self) -> None:
        def answers() -> bool:
            with suppress(psycopg.Error), psycopg.connect(self.postgres.url("postgres"), connect_timeout=2):
                return True
            return False

        assert wait_until(answers, _PATIENCE)

    @contextmanager
    def _outage(self) -> Generator[None]:
        began = time.time()
        yield
        self.outages.append((began, time.time()))

    @contextmanager
    def _redis(self) -> Generator[redis.Redis]:
        client = redis.Redis.from_url(self.valkey.url())
        yield client
        client.close()
