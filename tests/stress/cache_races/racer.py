"""One process of an application: reads and writes votes in every way there is, and writes down what it was answered."""

from __future__ import annotations

import random
import struct
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import psycopg

from denorm_assets.db.cache.client.circuit_breaker import BUDGET_SECONDS
from denorm_assets.db.cache.client.effects import Ask, Effect
from denorm_assets.db.cache.client.operations import CountQuestions, SetQuestions, questions
from denorm_assets.db.cache.client.sync_client import CacheClient
from denorm_assets.errors import DenormError
from denorm_assets.settings import load_settings
from denorm_assets.systems.social import SYSTEM
from tests.integration.cache.driving import Driven, is_load, is_put
from tests.stress.cache_races.votes import PROJECTS, USERS

RECORD = struct.Struct("<BIIidd")
"""Kind, user, project, answer, when it was asked for, when it came."""
VOTE, COUNT, WRITE, FAILED = range(4)
HELD = 16
"""Added to the kind where Redis answered."""
_IDS = 8
_FLUSH = 50
_READS = 0.75
_HOT = 15
_DELAYED = 0.005
"""Share of reads in which a effect that loads or puts is held back."""


@dataclass
class Racer:
    """What one process does."""

    client: CacheClient
    url: str
    dice: random.Random
    log: BinaryIO

    def __post_init__(self) -> None:
        self._upvotes = self.client.set("user_upvotes")
        self._counts = self.client.count("project_upvotes")
        sets, counts = questions(SYSTEM, load_settings().environment, None)
        self._set_questions: SetQuestions = sets("user_upvotes")
        self._count_questions: CountQuestions = counts("project_upvotes")
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None
        self._hits = 0

    def run(self, operations: int, deadline: float) -> None:
        """So many operations, whatever fails, or fewer until `deadline`."""
        reads = [*([self._contains] * 6), *([self._members] * 2), *([self._count] * 4)]
        writes = [*([self._toggle] * 4), self._add, self._remove, self._sql, self._sql, self._transaction]
        for number in range(operations):
            if time.time() > deadline:
                return
            reading = self.dice.random() < _READS
            way = self.dice.choice(reads if reading else writes)
            # Most reads are of a few, so that there is something to be held between two writes.
            some = self.dice.random() < (_READS if reading else 1 - _READS)
            try:
                way(self.dice.randint(1, _HOT if some else USERS), self.dice.randint(1, PROJECTS))
            # A Rollback goes on where the connection ends before it is done.
            except (DenormError, psycopg.Error, psycopg.Rollback):
                self._connection = None
                self._note(FAILED, 0, 0, 0, time.time())
                time.sleep(0.02)
            if number % _FLUSH == 0:
                self.log.flush()

    def _contains(self, user: int, _project: int) -> None:
        asked = self.dice.sample(range(1, PROJECTS + 1), _IDS)
        began = time.time()
        if self.dice.random() < _DELAYED:
            found = Driven(self.client.runner, self._hold_back()).run(self._set_questions.contains(user, asked))
        else:
            found = self._upvotes.contains(user, asked)
        kind = VOTE | self._held()
        for project in asked:
            self._note(kind, user, project, int(project in found), began)

    def _members(self, user: int, _project: int) -> None:
        began = time.time()
        found = self._upvotes.members(user)
        kind = VOTE | self._held()
        for project in self.dice.sample(range(1, PROJECTS + 1), _IDS):
            self._note(kind, user, project, int(project in found), began)

    def _count(self, _user: int, project: int) -> None:
        began = time.time()
        if self.dice.random() < _DELAYED:
            found = Driven(self.client.runner, self._hold_back()).run(self._count_questions.count(project))
        else:
            found = self._counts.count(project)
        self._note(COUNT | self._held(), 0, project, found, began)

    def _toggle(self, user: int, project: int) -> None:
        self._upvotes.toggle(user, project)
        self._note(WRITE, user, project, 0, time.time())

    def _add(self, user: int, project: int) -> None:
        self._upvotes.add(user, project)
        self._note(WRITE, user, project, 0, time.time())

    def _remove(self, user: int, project: int) -> None:
        self._upvotes.remove(user, project)
        self._note(WRITE, user, project, 0, time.time())

    def _transaction(self, user: int, project: int) -> None:
        with self._upvotes.within(self._own()) as writing:
            writing.toggle(user, project)
            writing.toggle(user, project % PROJECTS + 1)
            if self.dice.random() < 0.1:
                raise psycopg.Rollback
        self._note(WRITE, user, project, 0, time.time())

    def _sql(self, user: int, project: int) -> None:
        """A part of the application that knows of no cache."""
        value = self.dice.choice([-1, 1, 1, None])
        if value is None:
            self._own().execute("DELETE FROM social.votes WHERE user_id = %s AND project_id = %s", (user, project))
        else:
            self._own().execute(
                "INSERT INTO social.votes (user_id, project_id, value) VALUES (%s, %s, %s) "
                "ON CONFLICT (project_id, user_id) DO UPDATE SET value = excluded.value",
                (user, project, value),
            )
        self._note(WRITE, user, project, 0, time.time())

    def _held(self) -> int:
        """HELD where Redis answered since it was asked for last."""
        tallies = (self._upvotes.asked.reader.tally, self._counts.asked.reader.tally)
        tallies += (self._set_questions.reader.tally, self._count_questions.reader.tally)
        hits = sum(tally.hits for tally in tallies)
        held, self._hits = hits > self._hits, hits
        return HELD if held else 0

    def _own(self) -> psycopg.Connection[tuple[object, ...]]:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self.url, autocommit=True, connect_timeout=5)
        return self._connection

    def _hold_back(self) -> Callable[[Effect], None]:
        seconds = self.dice.uniform(0, 1.8)

        def wait(effect: Effect) -> None:
            if (
                is_put(effect)
                or (is_load(effect) and self.dice.random() < 0.5)
                or (isinstance(effect, Ask) and self.dice.random() < 0.1)
            ):
                time.sleep(seconds)

        return wait

    def _note(self, kind: int, user: int, project: int, answer: int, began: float) -> None:
        self.log.write(RECORD.pack(kind, user, project, answer, began, time.time()))


def main() -> None:
    """Race: seed, number of operations, file for what was answered, when to end at the latest."""
    seed, operations, log, deadline = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4])
    dice = random.Random(seed)
    settings = load_settings()
    with (
        log.open("ab") as output,
        CacheClient(
            SYSTEM,
            settings.database_url,
            settings.optional_redis_url,
            settings.environment,
            connections=2,
            # Some wait longer, and so are answered by a server that was hung.
            patience=dice.choice([BUDGET_SECONDS, 1.0]),
        ) as client,
    ):
        Racer(client, settings.database_url, dice, output).run(operations, deadline)


if __name__ == "__main__":
    main()
