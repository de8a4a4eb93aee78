"""A race: racers, a worker, trouble; then everything settles, and what is held is compared with what is true."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from denorm_assets.db.cache.admin.compare import Compared, compare
from denorm_assets.db.cache.admin.warm_up import CacheAccess
from denorm_assets.db.cache.client.sync_client import CacheClient
from denorm_assets.db.cache.client.sync_redis import Redis
from denorm_assets.db.postgres.database import Database
from denorm_assets.embedded.postgres import EmbeddedPostgres
from denorm_assets.embedded.valkey import EmbeddedValkey
from denorm_assets.systems.social import SYSTEM
from tests.stress.cache_races.trouble import Trouble
from tests.stress.cache_races.verdict import Outages, Verdict, judge, operations_in
from tests.stress.cache_races.votes import PROJECTS, USERS, create, history
from tests.stress.races.drivers import WORKER, ProcessDriver, process_environment

ENVIRONMENT = "races"
_SETTLED_SECONDS = 1.5
_A_DAY = 86_400.0


@dataclass
class Outcome:
    """What came of a race.

    Attributes:
        settled: cache -> what a comparison of all that is held found afterwards.
        wrong: answers of a client that differ from the tables afterwards.
    """

    verdict: Verdict
    changes: int
    seconds: float
    happened: Counter[str]
    outages: int
    settled: dict[str, Compared] = field(default_factory=dict[str, Compared])
    wrong: int = 0


class Race:
    """Racers and what they race with."""

    def __init__(self, home: Path, postgres: EmbeddedPostgres, valkey: EmbeddedValkey, seed: str) -> None:
        self._postgres = postgres
        self._valkey = valkey
        self._home = home
        self._seed = seed
        postgres.ensure_database("votes")
        self._url = postgres.url("votes")
        self._environ = {
            **process_environment(home, self._url, ["denorm_assets.systems.social:SYSTEM"]),
            "DENORM_REDIS_URL": valkey.url(),
            "DENORM_ENVIRONMENT": ENVIRONMENT,
        }
        self._deadline = 0.0
        self._racers: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()

    def run(
        self,
        operations: int,
        processes: int,
        pause: tuple[float, float],
        seconds: float = _A_DAY,
    ) -> Outcome:
        """Race until `operations` are written down, with something befalling somebody after each `pause`.

        It ends after `seconds` in any case.
        """
        self._deadline = time.time() + seconds
        database = Database(self._url)
        create(database)
        worker = ProcessDriver("worker", WORKER, self._home, self._environ)
        worker.start()
        trouble = Trouble(self._postgres, self._valkey, worker, self._kill_one, random.Random(self._seed), pause)
        stop = threading.Event()
        making = threading.Thread(target=trouble.make, args=(stop,), name="trouble")
        began = time.monotonic()
        try:
            making.start()
            lanes = [
                threading.Thread(target=self._lane, args=(number, operations // processes), name=f"lane {number}")
                for number in range(processes)
            ]
            for lane in lanes:
                lane.start()
            for lane in lanes:
                lane.join()
        finally:
            # Where somebody interrupts, racers end, and no more are started.
            self._deadline = 0.0
            for racer in [*self._racers]:
                racer.kill()
            stop.set()
            making.join()
        took = time.monotonic() - began
        try:
            time.sleep(_SETTLED_SECONDS)
            database.close()
            return self._judged(Database(self._url), trouble, took)
        finally:
            worker.kill()

    def _lane(self, number: int, operations: int) -> None:
        """One process after another until their operations are done; who is killed is followed by the next."""
        log = self._home / f"racer{number}.log"
        left, turn = operations, 0
        while left > 0 and time.time() < self._deadline:
            command = [sys.executable, "-m", "tests.stress.cache_races.racer", f"{self._seed} {number} {turn}"]
            command += [str(left), str(log), str(self._deadline)]
            written = log.stat().st_size if log.exists() else 0
            with (self._home / "racers.txt").open("ab") as output:
                racer = subprocess.Popen(command, cwd=self._home, env=self._environ, stdout=output, stderr=output)
            with self._lock:
                self._racers.append(racer)
            status = racer.wait()
            with self._lock:
                self._racers.remove(racer)
            if status == 0:
                return
            assert status < 0, f"a racer failed: {(self._home / 'racers.txt').read_text()[-2000:]}"
            # What a killed one did and could not write down is done again.
            turn += 1
            left -= operations_in(log, written)

    def _kill_one(self, dice: random.Random) -> None:
        with self._lock:
            if self._racers:
                dice.choice(self._racers).kill()

    def _judged(self, database: Database, trouble: Trouble, seconds: float) -> Outcome:
        with psycopg.connect(self._url) as connection:
            known = history(connection)
        verdict = judge(sorted(self._home.glob("racer*.log")), known, Outages(trouble.outages))
        outages = len(trouble.outages)
        outcome = Outcome(verdict, known.changes, seconds, trouble.happened, outages, wrong=self._wrong())
        redis = Redis(self._valkey.url())
        for cache in SYSTEM.caches:
            access = CacheAccess(database, self._url, redis, ENVIRONMENT, SYSTEM, cache)
            outcome.settled[cache.name] = compare(database, access, at_most=None, repair=False)
            access.close()
        redis.drop()
        database.close()
        return outcome

    def _wrong(self) -> int:
        """Answers of a fresh client that are not what the tables say, everything asked twice: loaded, and held."""
        with psycopg.connect(self._url) as connection:
            votes = connection.execute("SELECT user_id, project_id FROM social.votes WHERE value = 1").fetchall()
        wrong = 0
        with CacheClient(SYSTEM, self._url, self._valkey.url(), ENVIRONMENT, patience=5.0) as client:
            for _ in range(2):
                for user in range(1, USERS + 1):
                    wrong += client.set("user_upvotes").members(user) != {p for u, p in votes if u == user}
                for project in range(1, PROJECTS + 1):
                    wrong += client.count("project_upvotes").count(project) != sum(p == project for _, p in votes)
        return wrong
