"""The embedded Valkey, on real servers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from denorm_assets.embedded.processes import wait_until
from denorm_assets.embedded.valkey import EmbeddedValkey
from denorm_assets.errors import EmbeddedError, PortTaken, ServerDidNotStart

START = """
import sys
from pathlib import Path
from denorm_assets.embedded.valkey import EmbeddedValkey
server = EmbeddedValkey(Path(sys.argv[1]))
server.start()
print(server.pid)
"""


def connect(server: EmbeddedValkey) -> redis.Redis:
    return redis.Redis.from_url(server.url())  # pyright: ignore[reportUnknownMemberType]


def test_embedded_valkey_restart_keeps_data_and_url(valkey: EmbeddedValkey) -> None:
    valkey.start()
    url = valkey.url()
    with connect(valkey) as client:
        client.set("answer", 42)
    valkey.stop()
    assert valkey.pid is None
    valkey.stop()
    valkey.start()
    assert valkey.url() == url
    with connect(valkey) as client:
        assert client.get("answer") == b"42"


def test_embedded_valkey_killed_server_starts_again(valkey: EmbeddedValkey) -> None:
    valkey.start()
    with connect(valkey) as client:
        client.set("answer", 42)
    pid = valkey.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: valkey.pid is None, 5)
    valkey.start()
    with connect(valkey) as client:
        assert client.get("answer") == b"42"


def test_embedded_valkey_two_starters_share_one_server(
    valkey: EmbeddedValkey, home: Path, run_python: Callable[..., subprocess.Popen[str]]
) -> None:
    starters = [run_python(START, home) for _ in range(2)]
    outputs = [starter.communicate(timeout=60)[0] for starter in starters]
    assert [starter.returncode for starter in starters] == [0, 0], outputs
    assert {output.strip() for output in outputs} == {str(valkey.pid)}
    assert valkey.pid is not None
    assert os.getsid(valkey.pid) == valkey.pid


def test_embedded_valkey_fixed_port_is_used_or_refused_when_taken(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        server = EmbeddedValkey(home, port)
        with pytest.raises(PortTaken, match=rf"port {port} .* --valkey-port"):
            server.start()
    server.start()
    assert server.url().endswith(f":{port}/0")
    with pytest.raises(EmbeddedError, match=rf"already, on port {port} and not on {port - 1}"):
        EmbeddedValkey(home, port - 1).start()


def test_embedded_valkey_failed_start_shows_end_of_log(valkey: EmbeddedValkey, home: Path) -> None:
    valkey.start()
    valkey.stop()
    (home / "valkey" / "appendonlydir" / "appendonly.aof.manifest").write_text("nonsense\n")
    with pytest.raises(ServerDidNotStart, match="Invalid AOF manifest"):
        valkey.start()
    assert valkey.pid is None


def test_embedded_valkey_two_homes_have_two_servers(make_home: Callable[..., Path]) -> None:
    one, two = EmbeddedValkey(make_home()), EmbeddedValkey(make_home())
    one.start()
    two.start()
    assert one.pid != two.pid
    assert one.url() != two.url()
    one.stop()
    assert two.pid is not None
