"""A Redis in trouble: hung, slow behind a proxy that holds back every reply, or misquoted by one that sends another."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

from denorm_assets.embedded.valkey import EmbeddedValkey
from tests.integration.cache.conftest import Votes


@dataclass
class Sluggish:
    """Where it is, and what it was sent, a portion at a time.

    Attributes:
        seconds: for how long each reply is held back.
    """

    url: str
    seconds: float = 0.0
    sent: list[bytes] = field(default_factory=list[bytes])

    def send(self, client: socket.socket, asked: bytes, reply: bytes) -> None:
        """Pass the server's reply on."""
        time.sleep(self.seconds)
        client.sendall(reply)


@dataclass
class Misquoting(Sluggish):
    """A proxy that answers some commands itself.

    Attributes:
        reply: what it sends in place of the reply, in pieces of `piece` bytes.
        verb: the command, or a part of it, that it answers so; all of them where it is empty.
        quiet: for how many commands more it passes the server's reply on.
        afterwards: whether `reply` follows the server's reply.
    """

    reply: bytes = b""
    verb: bytes = b""
    quiet: int = 0
    afterwards: bool = False
    piece: int = 1 << 20

    def send(self, client: socket.socket, asked: bytes, reply: bytes) -> None:
        """Send the odd reply where it is due."""
        if self.verb not in asked or self.quiet > 0:
            self.quiet -= self.verb in asked
            return super().send(client, asked, reply)
        sent = reply * self.afterwards + self.reply
        for at in range(0, len(sent), self.piece):
            client.sendall(sent[at : at + self.piece])
            if self.piece < len(sent):
                time.sleep(self.seconds)
        return None


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
    with _proxied(redis_url, Sluggish("", seconds)) as proxy:
        yield proxy


@contextmanager
def misquoted(redis_url: str) -> Generator[Misquoting]:
    """The same that can be told what to answer."""
    with _proxied(redis_url, Misquoting("", quiet=1 << 62)) as proxy:
        yield proxy


Proxy = TypeVar("Proxy", bound=Sluggish)


@contextmanager
def _proxied(redis_url: str, proxy: Proxy) -> Generator[Proxy]:
    parts = urlsplit(redis_url)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        where = f"127.0.0.1:{listening.getsockname()[1]}"
        proxy.url = redis_url.replace(f"{parts.hostname}:{parts.port}", where)
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
    with suppress(ConnectionError), client, socket.create_connection(server) as upstream:
        while asked := client.recv(65_536):
            proxy.sent.append(asked)
            upstream.sendall(asked)
            proxy.send(client, asked, upstream.recv(65_536))
