"""A real PgBouncer in transaction mode, in front of a test server."""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from denorm_assets.embedded.ports import choose_port
from denorm_assets.embedded.processes import start_detached, stop_process, wait_until
from denorm_assets.embedded.server_user import server_user
from tests.conftest import Server

PGBOUNCER = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin")


@contextmanager
def running_pgbouncer(
    server: Server,
    *,
    most: int = 8,
    mode: str = "transaction",
    logins: Mapping[str, str] | None = None,
    settings: Mapping[str, str] | None = None,
) -> Generator[Pooler]:
    """PgBouncer with at most so many sessions of the server for each role and database, and with further `settings`.

    It knows the passwords of the superuser and of `logins`.
    """
    if PGBOUNCER is None:
        pytest.skip("PgBouncer is not installed: apt-get install pgbouncer")
    folder = Path(tempfile.mkdtemp(prefix="denorm-tests-pgbouncer-"))
    folder.chmod(0o755)
    target = make_url(server.postgres.url("postgres"))
    port = choose_port(None, folder / "port", "--port")
    log = folder / "pgbouncer.log"
    known = {str(target.username): str(target.password), **(logins or {})}
    (folder / "users.txt").write_text("".join(f'"{role}" "{password}"\n' for role, password in known.items()))
    (folder / "pgbouncer.ini").write_text(
        f"""[databases]
* = host={target.host} port={target.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder / "users.txt"}
pool_mode = {mode}
default_pool_size = {most}
max_client_conn = 200
query_wait_timeout = 20
{"".join(f"{name} = {value}" + chr(10) for name, value in (settings or {}).items())}"""
    )
    user = server_user()
    for name in ("users.txt", "pgbouncer.ini"):
        user.own(folder / name)
    process = start_detached([PGBOUNCER, folder / "pgbouncer.ini"], user, folder, log)
    pooler = Pooler(port)
    try:
        assert wait_until(lambda: pooler.answers(server.postgres.url("postgres")), 10), log.read_text()
        yield pooler
    finally:
        stop_process(process, signal.SIGINT, signal.SIGKILL, 5)
        shutil.rmtree(folder)


class Pooler:
    """A PgBouncer that runs."""

    def __init__(self, port: int) -> None:
        self.port = port

    def url(self, url: str) -> str:
        """The way through the pooler to the database of `url`."""
        return make_url(url).set(port=self.port).render_as_string(hide_password=False)

    def answers(self, url: str) -> bool:
        """Whether it lets us through."""
        try:
            psycopg.connect(self.url(url)).close()
        except psycopg.OperationalError:
            return False
        return True
