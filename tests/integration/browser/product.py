"""`denorm-assets dev` as a person starts it, in a folder and with a home of its own."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg
from dotenv import dotenv_values
from psycopg.rows import TupleRow

from denorm_assets.model.read_model import ReadModel
from denorm_assets.settings import SERVERS_FILE
from denorm_assets.systems.topics import SYSTEM as TOPICS
from tests.support.dagster_tree import ROOT, wait_for

_START_SECONDS = 150.0
_STOP_SECONDS = 60.0
_READY = re.compile(r"^READY (http://\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Product:
    """The product, up: the address of its UI, and the application's database."""

    url: str
    database_url: str = field(repr=False)
    schema: str = TOPICS.schema

    def rows(self, query: str, *parameters: object) -> list[TupleRow]:
        """What `query` yields in the application's schema."""
        options = f"-c search_path={self.schema}"
        with psycopg.connect(self.database_url, autocommit=True, options=options) as connection:
            found = connection.execute(query.encode(), parameters or None)
            return found.fetchall() if found.description else []

    def done_ranges(self, model: ReadModel) -> set[str]:
        """Keys of the ranges that PostgreSQL records as loaded and compared."""
        found = self.rows(
            "SELECT p.key FROM denorm.range_progress AS p JOIN denorm.read_model AS m ON m.id = p.model_id"
            " WHERE (m.system, m.name) = (%s, %s) AND p.done_version = m.code_version",
            TOPICS.name,
            model.name,
        )
        return {key for (key,) in found}

    def difference(self, model: ReadModel, within: str = "true") -> list[TupleRow]:
        """Rows `within` that table and definition do not share, duplicates counted."""
        held, defined = f"SELECT * FROM {model.name} WHERE {within}", f"SELECT * FROM ({model.definition.text}\n) AS d"
        return self.rows(
            f"({held} EXCEPT ALL ({defined} WHERE {within})) UNION ALL ({defined} WHERE {within} EXCEPT ALL ({held}))"
        )

    def defined_rows(self, model: ReadModel, within: str = "true") -> int:
        """How many rows the definition has `within`."""
        [(count,)] = self.rows(f"SELECT count(*) FROM ({model.definition.text}\n) AS d WHERE {within}")
        return count


@dataclass(frozen=True)
class Folder:
    """Where the product is started, again and again: its root with the workspace, and its home with the data.

    Attributes:
        environ: what `dev` is started with.
    """

    path: Path
    environ: Mapping[str, str] = field(repr=False)

    @property
    def root(self) -> Path:
        """A root folder of its own: `dev` links `.env` in the one it is started from."""
        return self.path / "root"

    @property
    def home(self) -> Path:
        """The home folder."""
        return self.path / "home"

    @property
    def log(self) -> Path:
        """What `dev` said since it was started last."""
        return self.path / "dev.log"

    @contextmanager
    def running(self) -> Generator[Product]:
        """Start the product, and stop it with Ctrl-C; AssertionError where that leaves a process behind."""
        with self.log.open("wb") as output:
            process = subprocess.Popen(
                [Path(sys.executable).with_name("denorm-assets"), "dev"],
                cwd=self.root,
                env=dict(self.environ),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            url = _wait_for_ready(process, self.log)
            yield Product(url, self.server_url("DENORM_DATABASE_URL"))
            process.send_signal(signal.SIGINT)
            assert process.wait(_STOP_SECONDS) == 0, self.log.read_text()
            wait_for(lambda: not self.processes(), 15, f"no process is left: {self.processes()}")
            assert not (self.root / ".env").is_symlink()
        finally:
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_SECONDS)
            for left in self.processes():
                with suppress(psutil.NoSuchProcess):
                    left.kill()
            process.wait(_STOP_SECONDS)

    def server_url(self, variable: str) -> str:
        """What the file of the embedded servers says of `variable`."""
        url = dotenv_values(self.home / SERVERS_FILE)[variable]
        assert url is not None
        return url

    def processes(self) -> list[psutil.Process]:
        """Live processes that were started for this folder: it is in their environment, or in their command."""
        found: list[psutil.Process] = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                words = [*process.cmdline(), *process.environ().values()]
                if process.status() != psutil.STATUS_ZOMBIE and any(str(self.path) in word for word in words):
                    found.append(process)
        return found


@contextmanager
def product_folder(systems: Sequence[str], **variables: str) -> Generator[Folder]:
    """A folder to start the product in, with `systems` and `variables`; deleted at the end."""
    path = Path(tempfile.mkdtemp(prefix="denorm-browser-"))
    # The server runs as another user where the tests run as root; it has to reach its data.
    path.chmod(0o755)
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("DENORM_", "DAGSTER_"))}
    folder = Folder(path, {**ours, "DENORM_HOME": str(path / "home"), "DENORM_SYSTEMS": ",".join(systems), **variables})
    folder.root.mkdir()
    for name in ("dagster.yaml", "workspace.yaml"):
        shutil.copyfile(ROOT / name, folder.root / name)
    try:
        yield folder
    finally:
        shutil.rmtree(path)


@contextmanager
def running_product() -> Generator[Product]:
    """The system `topics`, up."""
    with product_folder(["denorm_assets.systems.topics:SYSTEM"]) as folder, folder.running() as product:
        yield product


def _wait_for_ready(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        found = _READY.search(log.read_text())
        if found:
            return found[1]
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.2)
