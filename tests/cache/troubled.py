"""A Redis in trouble: hung, or slow behind a proxy that holds back every reply."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from denorm_assets.embedded.valkey import EmbeddedValkey
from tests.cache.conftest import Votes


@dataclass
class Sluggish:
    """Where it is, and what it was sent, a portion at a time.

    Attributes:
        seconds: for how long each reply is held back.
    """

    url: str
    seconds: float
    sent: list[bytes] = field(default_factory=list[bytes])


@contextmanager
def hung(frail: Votes, valkey: EmbeddedValkey) -> Generator[None]:
    """It takes connections and commands, and answers none."""
    pid = valkey.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def sluggish(redis_url: str, seconds: float) -> Generator[Sluggish]:
    """A proxy before the server of `redis_url`, for as long as the block takes."""
    parts = urlsplit(redis_url)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        where = f"127.0.0.1:{listening.getsockname()[1]}"
        proxy = Sluggish(redis_url.replace(f"{parts.hostname}:{parts.port}", where), seconds)
        server = (parts.hostname or "", parts.port or 0)
        threading.Thread(target=_accept, args=(listening, server, proxy), daemon=True).start()
        yield proxy
        # It also wakes who waits for the next one.
        listening.shutdown(socket.SHUT_RDWR)


def _accept(listening: socket.socket, server: tuple[str, int], proxy: Sluggish) -> None:
    while True:
        try:
            client, _ = listening.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(client, server, proxy), daemon=True).start()


def _serve(client: socket.socket, server: tuple[str, int], proxy: Sluggish) -> None:
    with client, socket.create_connection(server) as upstream:
        while asked := client.recv(65_536):
            proxy.sent.append(asked)
            upstream.sendall(asked)
            reply = upstream.recv(65_536)
            time.sleep(proxy.seconds)
            client.sendall(reply)
