"""S11: a Redis that says odd things to an application that reads."""

from __future__ import annotations

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager

from denorm_assets.db.cache.client.sync_client import CacheClient
from denorm_assets.model.cached_set import CachedCount, CachedSet
from denorm_assets.model.system import System
from denorm_assets.settings import load_settings
from tests.stress.hostile.application import SCHEMA, definition
from tests.stress.hostile.arena import Arena
from tests.stress.hostile.realm import APPLICATION
from tests.stress.hostile.scenario import scenario

_REPLIES = (
    *(
        b"+OK\r\n",
        b"+\r\n",
        b":7\r\n",
        b":-1\r\n",
        b"$-1\r\n",
        b"$0\r\n\r\n",
        b"$3\r\nabc\r\n",
        b"$4\r\n\xff\xfe\x00\x01\r\n",
    ),
    *(
        b"*-1\r\n",
        b"*0\r\n",
        b"*1\r\n$-1\r\n",
        b"*2\r\n:1\r\n$1\r\nx\r\n",
        b"*3\r\n*0\r\n*0\r\n*0\r\n",
        b"*1\r\n*1\r\n+x\r\n",
    ),
    *(
        b"-ERR no\r\n",
        b"-MOVED 1 127.0.0.1:1\r\n",
        b"_\r\n",
        b"#t\r\n",
        b",1.5\r\n",
        b"%1\r\n+a\r\n+b\r\n",
        b"~1\r\n+a\r\n",
    ),
    *(
        b"(12345678901234567890\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"\x00\x00\x00",
        b"$99999999\r\nx\r\n",
        b"*2\r\n$1\r\n1\r\n$2\r\nno\r\n",
    ),
)


@contextmanager
def _says(reply: bytes) -> Generator[str]:
    """A server that greets like Redis and gives every other command the same reply."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_accept, args=(listening, reply), daemon=True).start()
        yield f"redis://127.0.0.1:{listening.getsockname()[1]}/0"
        listening.shutdown(socket.SHUT_RDWR)


def _accept(listening: socket.socket, reply: bytes) -> None:
    while True:
        try:
            client, _ = listening.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(client, reply), daemon=True).start()


def _serve(client: socket.socket, reply: bytes) -> None:
    with client:
        try:
            while asked := client.recv(65_536):
                commands = asked.upper()
                # A pipeline has a reply for each of its commands.
                for _ in range(max(1, commands.count(b"*", 0, 1) and asked.count(b"\r\n*") + 1)):
                    greeting = b"CLIENT" in commands or b"SELECT" in commands or b"PING" in commands
                    client.sendall(b"+OK\r\n" if greeting else reply)
        except OSError:
            return


def _cached(arena: Arena) -> System:
    votes = definition(arena.folder, "votes", "SELECT person_id, id AS order_id FROM orders")
    counts = definition(arena.folder, "counts", "SELECT person_id, count(*) AS orders FROM orders GROUP BY person_id")
    caches = (
        CachedSet("person_orders", votes, owner="person_id", member="order_id"),
        CachedCount("order_counts", counts, owner="person_id", count="orders"),
    )
    return System("shop", SCHEMA, arena.system.phases, caches=caches, cutover=arena.system.cutover)


@scenario("S11")
def redis_says_odd_things(arena: Arena) -> None:
    """The application reads a cached set and a count through a Redis that gives an odd reply to everything."""
    arena.redeclare(_cached(arena))
    arena.must("apply")
    arena.stop_writers()
    with arena.admin() as connection:
        connection.execute(f"GRANT USAGE ON SCHEMA denorm TO {APPLICATION}".encode())
        members = {int(row[0]) for row in connection.execute("SELECT id FROM orders WHERE person_id = 1")}
    for reply in _REPLIES:
        with _says(reply) as url:
            variables = {
                "DENORM_DATABASE_URL": arena.shell.url,
                "DENORM_REDIS_URL": url,
                "DENORM_HOME": str(arena.folder),
            }
            client = CacheClient.from_settings(arena.system, load_settings(variables))
            orders, counts = client.set("person_orders"), client.count("order_counts")
            try:
                for _ in range(2):
                    found = (
                        orders.contains(1, [*members, -1]) == members
                        and set(orders.members(1)) == members
                        and counts.count(1) == len(members)
                    )
                    if not found:
                        arena.outcome.wrong[f"a cache whose Redis says {reply!r}"] += 1
            except Exception as error:
                arena.outcome.failed[f"a cached read raised {type(error).__name__} where Redis says {reply!r}"] += 1
            finally:
                client.close()
