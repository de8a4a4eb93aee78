"""S10: whoever may log in holds every advisory lock that our sessions could want."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, LiteralString

import psycopg

import denorm_assets
from tests.stress.hostile.arena import Arena
from tests.stress.hostile.realm import GUEST
from tests.stress.hostile.scenario import scenario

_LITERAL = re.compile(r"'(denorm [^']*)'")
_IDS = range(12)
_PATIENCE = 15.0
"""Seconds after which a command hangs."""
_SEEN: LiteralString = """
SELECT DISTINCT classid::bigint, objid::bigint, objsubid::int FROM pg_locks
WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def _names() -> list[str]:
    """What our source hashes for its locks: everything in quotation marks that begins with our name."""
    folder = Path(denorm_assets.__file__).parent
    texts = [path.read_text() for path in (*folder.rglob("*.sql"), *folder.rglob("*.py"))]
    return sorted({name for text in texts for name in _LITERAL.findall(text)})


def _hold_derived(holder: psycopg.Connection[tuple[Any, ...]]) -> None:
    """Every key that can be derived from a name: hashed alone, with an ID or a system as seed or suffix."""
    for name in _names():
        for number in _IDS:
            holder.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, %s))", [name, number])
            holder.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [f"{name}{number}"])
        holder.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [name])
        for suffix in ("shop", "shop/order_cards", "shop/person_totals"):
            holder.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [f"{name}{suffix}"])


def _watch(watcher: psycopg.Connection[tuple[Any, ...]], stop: threading.Event) -> set[tuple[int, int, int]]:
    """Every advisory lock that is seen in pg_locks until `stop`."""
    seen: set[tuple[int, int, int]] = set()
    while not stop.is_set():
        seen |= {(classid, objid, kind) for classid, objid, kind in watcher.execute(_SEEN).fetchall()}
    return seen


def _hold(holder: psycopg.Connection[tuple[Any, ...]], seen: set[tuple[int, int, int]]) -> None:
    for classid, objid, kind in seen:
        # Of one key of 64 bits, or of two of 32.
        keys = "%s::bigint << 32 | %s::bigint" if kind == 1 else "%s::bigint::bit(32)::int, %s::bigint::bit(32)::int"
        holder.execute(f"SELECT pg_try_advisory_lock({keys})".encode(), [classid, objid])


@scenario("S10")
def guest_holds_the_locks_that_our_source_names(arena: Arena) -> None:
    """A guest holds every advisory lock whose key follows from our source text, while the application writes."""
    arena.shell.apart = _PATIENCE
    with arena.connect(GUEST) as holder:
        _hold_derived(holder)
        _work_on(arena)


@scenario("S10")
def guest_holds_the_locks_that_it_sees(arena: Arena) -> None:
    """A guest watches pg_locks while everything runs, and then holds each advisory lock that it saw there."""
    stop = threading.Event()
    with arena.connect(GUEST) as holder, ThreadPoolExecutor(1) as pool:
        watching = pool.submit(_watch, holder, stop)
        for words in (("apply",), ("refresh", "shop"), ("backfill", "shop/order_cards", "--again")):
            arena.command(*words)
        stop.set()
        _hold(holder, watching.result())
        arena.shell.apart = _PATIENCE
        _work_on(arena)


def _work_on(arena: Arena) -> None:
    """The application writes and every command is run, while the guest goes on holding."""
    for words in (("apply",), ("refresh", "shop"), ("reconcile", "shop")):
        ran = arena.command(*words)
        if ran.status and not ran.crash:
            arena.outcome.refused.append(ran.error)
    arena.run("UPDATE orders SET amount = amount + 100 WHERE id % 3 = 0")
    arena.run("UPDATE people SET name = name || '?' WHERE id % 3 = 0")
    # Judged while the guest is still there: whoever waits for it to leave, waits for ever.
    arena.judge_rows()
