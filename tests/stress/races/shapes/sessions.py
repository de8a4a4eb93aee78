"""Sessions that run so many transactions each; what loses a race is retried, and counted.

Left to themselves they never deadlock: a transaction changes each table once at most, in one order, and locks rows in
the order of their ids. Each session draws the same transactions in every run of a seed.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, LiteralString

import psycopg
from psycopg import IsolationLevel
from psycopg import errors as pg

ITEMS = 600
_OURS = "denorm."
_DEPENDENCIES = "read/write dependencies"
"""SERIALIZABLE ends a transaction for these at whatever statement comes next, which may stand in a trigger."""
_MOST_TRIES = 1_000
_SOME_ITEMS: LiteralString = (
    "WHERE id IN (SELECT id FROM {schema}.items WHERE id BETWEEN %(id)s AND %(last)s ORDER BY id FOR UPDATE)"
)


@dataclass(frozen=True)
class _Change:
    """A statement on one table, with named parameters that `_draw` gives."""

    table: str
    text: LiteralString
    weight: int = 4


_TABLES = ("accounts", "profiles", "items", "archived", "payments")
_CHANGES = (
    _Change("accounts", "UPDATE {schema}.accounts SET name = %(name)s, region = %(state)s WHERE id = %(account)s"),
    _Change("accounts", "DELETE FROM {schema}.accounts WHERE id = %(account)s", 1),
    _Change(
        "accounts",
        "INSERT INTO {schema}.accounts VALUES (%(account)s, %(state)s, %(name)s)"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name",
        2,
    ),
    _Change("profiles", "UPDATE {schema}.profiles SET bio = %(name)s WHERE account_id = %(account)s", 2),
    _Change("profiles", "DELETE FROM {schema}.profiles WHERE account_id = %(account)s", 1),
    _Change(
        "profiles",
        "INSERT INTO {schema}.profiles VALUES (%(account)s, %(name)s)"
        " ON CONFLICT (account_id) DO UPDATE SET bio = excluded.bio",
        2,
    ),
    _Change("items", "UPDATE {schema}.items SET note = %(name)s WHERE id = %(id)s"),
    _Change("items", "UPDATE {schema}.items SET score = %(score)s WHERE id = %(id)s", 10),
    _Change("items", "UPDATE {schema}.items SET state = %(state)s, account_id = %(account)s WHERE id = %(id)s", 10),
    _Change(
        "items",
        "UPDATE {schema}.items SET tags = ARRAY[%(name)s, 'tag'], facts = jsonb_build_object('size', %(score)s::int,"
        " %(name)s::text, 1), due_at = now() + %(state)s * interval '2 s' WHERE id = %(id)s",
    ),
    _Change("items", "DELETE FROM {schema}.items WHERE id = %(id)s", 6),
    _Change(
        "items",
        "INSERT INTO {schema}.items VALUES (%(id)s, %(account)s, %(state)s, %(score)s, %(name)s, now() - interval"
        " '30 days' + %(state)s * interval '3 s', now() + %(score)s * interval '0.1 s', ARRAY['new'],"
        " '{{\"size\": 1}}')"
        " ON CONFLICT (id) DO UPDATE SET account_id = excluded.account_id, score = excluded.score,"
        " began_at = excluded.began_at",
        8,
    ),
    _Change("items", "UPDATE {schema}.items SET score = (score + 1) %% 97 " + _SOME_ITEMS, 1),
    _Change("items", "DELETE FROM {schema}.items " + _SOME_ITEMS, 1),
    _Change(
        "archived",
        "UPDATE {schema}.archived SET score = %(score)s, account_id = %(account)s WHERE id = %(archived)s",
    ),
    _Change("archived", "DELETE FROM {schema}.archived WHERE id = %(archived)s", 3),
    _Change(
        "archived",
        "INSERT INTO {schema}.archived VALUES (%(archived)s, %(account)s, %(state)s, %(score)s, %(name)s)"
        " ON CONFLICT (id) DO UPDATE SET state = excluded.state, score = excluded.score",
        6,
    ),
    _Change("payments", "UPDATE {schema}.payments SET amount = %(score)s WHERE id = %(payment)s"),
    _Change("payments", "UPDATE {schema}.payments SET item_id = %(id)s, payer_id = %(account)s WHERE id = %(payment)s"),
    _Change("payments", "DELETE FROM {schema}.payments WHERE id = %(payment)s", 2),
    _Change(
        "payments",
        "INSERT INTO {schema}.payments VALUES (%(payment)s, %(id)s, %(account)s, %(score)s)"
        " ON CONFLICT (id) DO UPDATE SET item_id = excluded.item_id, amount = excluded.amount",
        4,
    ),
)


@dataclass
class Written:
    """What the sessions did.

    Attributes:
        aborts: transactions that lost a race and were retried; `ours` those of them that failed in triggers of ours.
        deadlocked: transactions that PostgreSQL chose to end a deadlock, and that were retried.
        failed: what PostgreSQL said of every other failure.
        reasons: what it said of the aborts.
        seconds: from the first transaction to the last.
    """

    committed: int = 0
    aborts: int = 0
    ours: int = 0
    deadlocked: int = 0
    failed: Counter[str] = field(default_factory=Counter[str])
    reasons: Counter[str] = field(default_factory=Counter[str])
    seconds: float = 0.0

    @property
    def per_second(self) -> float:
        """Committed transactions a second."""
        return self.committed / self.seconds

    def add(self, other: Written) -> None:
        """Count what another session did at the same time, too."""
        self.committed += other.committed
        self.aborts += other.aborts
        self.ours += other.ours
        self.deadlocked += other.deadlocked
        self.failed += other.failed
        self.reasons += other.reasons


def write(
    url: str,
    schemas: Sequence[str],
    level: IsolationLevel,
    sessions: int,
    transactions: int,
    seed: str,
    tables: Sequence[str] = _TABLES,
) -> Written:
    """Run `transactions` in each of `sessions` at once, each in a schema at random."""
    start = threading.Barrier(sessions + 1)
    written = Written()
    with ThreadPoolExecutor(sessions) as pool:
        running = [
            pool.submit(_session, url, schemas, level, transactions, f"{seed} {number}", tables, start)
            for number in range(sessions)
        ]
        start.wait()
        began = time.monotonic()
        for session in running:
            written.add(session.result())
        written.seconds = time.monotonic() - began
    return written


def _session(
    url: str,
    schemas: Sequence[str],
    level: IsolationLevel,
    transactions: int,
    seed: str,
    tables: Sequence[str],
    start: threading.Barrier,
) -> Written:
    dice, pauses = random.Random(seed), random.Random(seed)
    written = Written()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.isolation_level = level
        start.wait()
        for _ in range(transactions):
            statements = _draw_transaction(dice, dice.choice(schemas), tables)
            for _ in range(_MOST_TRIES):
                if _try(connection, statements, written):
                    break
                time.sleep(pauses.uniform(0, 0.005))
            else:
                written.failed[f"aborted {_MOST_TRIES} times"] += 1
    return written


def _try(
    connection: psycopg.Connection[tuple[Any, ...]], statements: Sequence[tuple[bytes, object]], written: Written
) -> bool:
    """Whether the transaction is done with: committed, or failed for another reason than a race."""
    try:
        with connection.transaction():
            for text, values in statements:
                connection.execute(text, values)  # pyright: ignore[reportArgumentType]
    except pg.SerializationFailure as error:
        written.aborts += 1
        said = f"{error.diag.message_primary} {error.diag.message_detail or ''}".strip()
        written.ours += _OURS in (error.diag.context or "") and _DEPENDENCIES not in said
        written.reasons[said] += 1
        return False
    except pg.DeadlockDetected:
        written.deadlocked += 1
        return False
    except psycopg.Error as error:
        written.failed[f"{error.sqlstate} {error.diag.message_primary or error}"] += 1
    else:
        written.committed += 1
    return True


def _draw_transaction(dice: random.Random, schema: str, tables: Sequence[str]) -> list[tuple[bytes, dict[str, object]]]:
    """One to three changes, of each table one at most, in the order of the tables."""
    changes = [change for change in _CHANGES if change.table in tables]
    drawn = dice.choices(changes, [change.weight for change in changes], k=dice.randint(1, 3))
    by_table = {change.table: change for change in drawn}
    ordered = [by_table[table] for table in _TABLES if table in by_table]
    return [(change.text.format(schema=schema).encode(), _draw(dice)) for change in ordered]


def _draw(dice: random.Random) -> dict[str, object]:
    first = dice.randint(1, ITEMS)
    return {
        "id": first,
        "last": first + dice.choice((3, 10, 30)),
        "archived": dice.randint(ITEMS + 1, 2 * ITEMS),
        "payment": dice.randint(1, ITEMS),
        "account": dice.randint(1, ITEMS // 10),
        "state": dice.randint(0, 3),
        "score": dice.randint(0, 96),
        "name": f"name {dice.randint(1, 1_000)}",
    }
