"""pgbench, writing to the sources at a steady rate until it is stopped."""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path

from denorm_assets.embedded.postgres_binaries import find_binaries
from denorm_assets.embedded.server_user import server_user
from tests.bench.servers import libpq_environment
from tests.stress.reconciliation.shapes import WRITES

_PROGRESS = re.compile(r"progress: ([\d.]+) s, ([\d.]+) tps")


class PgBench:
    """Transactions of `WRITES`, so many a second."""

    def __init__(self, home: Path, url: str, rate: int) -> None:
        scripts: list[Path] = []
        for number, text in enumerate(WRITES):
            scripts.append(home / f"write_{number}.sql")
            scripts[-1].write_text(text, encoding="utf-8")
        self._command = [
            str(find_binaries(None, server_user()).folder / "pgbench"),
            *("-n", "-c", "12", "-j", "1", "-T", "36000", "-P", "1", "-R", str(rate), "-M", "prepared"),
            *(word for script in scripts for word in ("-f", str(script))),
        ]
        self._environ = libpq_environment(url)
        self._log = home / "pgbench.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin to write."""
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(self._command, env=self._environ, stdout=log, stderr=log)

    def stop(self) -> float:
        """Stop writing; returns how many transactions were committed. Raises AssertionError where one failed."""
        assert self._process is not None, "it was started"
        assert self._process.poll() is None, self._log.read_text()
        self._process.send_signal(signal.SIGTERM)
        self._process.wait()
        text = self._log.read_text()
        assert "aborted" not in text, text
        committed, last = 0.0, 0.0
        for at, tps in _PROGRESS.findall(text):
            committed += (float(at) - last) * float(tps)
            last = float(at)
        return committed
