"""Passwords are in files of mode 0600 and in URLs; nowhere else."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from denorm_assets.embedded.postgres import EmbeddedPostgres, PostgresOptions
from denorm_assets.embedded.processes import arguments_of
from denorm_assets.embedded.valkey import EmbeddedValkey
from denorm_assets.errors import EmbeddedError, ServerDidNotStart


class CommandLines:
    """Collects the command lines of all processes while it is entered."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self._done = threading.Event()
        self._collector = threading.Thread(target=self._collect)

    def _collect(self) -> None:
        while not self._done.wait(0.002):
            self.seen.update(" ".join(arguments_of(process)) for process in psutil.process_iter())

    def __enter__(self) -> CommandLines:
        self._collector.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._collector.join()


def passwords(home: Path) -> list[str]:
    files = sorted(home.glob("*.password"))
    assert [file.name for file in files] == ["postgres.password", "valkey.password"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    return [file.read_text().strip() for file in files]


def test_embedded_passwords_are_only_in_their_private_files(
    postgres: EmbeddedPostgres, valkey: EmbeddedValkey, home: Path
) -> None:
    with CommandLines() as lines:
        postgres.start()
        valkey.start()
        postgres.ensure_database("app")
    seen = "\n".join(lines.seen)
    assert "initdb" in seen
    assert "valkey-server" in seen
    in_urls = (postgres.url("app"), valkey.url())
    for password, url in zip(passwords(home), in_urls, strict=True):
        assert password in url
        assert password not in seen
        holders = {
            path.relative_to(home).as_posix()
            for path in home.rglob("*")
            if path.is_file() and password.encode() in path.read_bytes()
        }
        assert holders in ({"postgres.password"}, {"valkey.password", "valkey/valkey.conf"})
    assert stat.S_IMODE((home / "valkey" / "valkey.conf").stat().st_mode) == 0o600


def test_embedded_passwords_are_in_no_error(postgres: EmbeddedPostgres, valkey: EmbeddedValkey, home: Path) -> None:
    postgres.start()
    valkey.start()
    postgres.stop()
    with pytest.raises(EmbeddedError) as unreachable:
        postgres.ensure_database("app")
    with pytest.raises(ServerDidNotStart) as failed:
        EmbeddedPostgres(home, PostgresOptions(settings={"work_mem": "nonsense"})).start()
    for password in passwords(home):
        assert password not in f"{unreachable.value}{unreachable.value.__cause__}{failed.value}"
        assert password not in f"{postgres!r}{valkey!r}"


def test_embedded_servers_wrong_or_missing_password_is_refused(
    postgres: EmbeddedPostgres, valkey: EmbeddedValkey
) -> None:
    postgres.start()
    valkey.start()
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(postgres.url("postgres").replace("postgres:", "postgres:not", 1), connect_timeout=5)
    port = int(valkey.url().rsplit(":", 1)[1].split("/")[0])
    with redis.Redis(port=port, retry=Retry(NoBackoff(), 0)) as client, pytest.raises(redis.AuthenticationError):
        client.get("answer")
