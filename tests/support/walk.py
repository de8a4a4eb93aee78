"""Following a page as its reader does: its files are written and its commands run, in order, in one shell.

A block of shell is run, and the block of text below it is what it has to print: `…` stands for what differs each time.
A block whose first line names a file is written to it. A command that runs on (`denorm-assets worker`) stays up until
the page starts the next one, as if the reader had a second terminal, and ended it with Ctrl-C.
"""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_FILE = re.compile(r"(?:--|#) (\S+/?\S+\.(?:sql|py))\n")
_RUNS_ON = {"denorm-assets worker", "denorm-assets dev"}
_OF_SHELL = {"_", "OLDPWD", "PWD", "SHLVL"}
_START_SECONDS = 240.0
_STOP_SECONDS = 60.0
_SHOWN_SECONDS = 60.0
"""Until what a worker does is seen."""


@dataclass
class Walk:
    """A reader's shell.

    Attributes:
        folder: where the reader is; the page may change it.
        environ: what is exported; the page may change it.
        notes: a folder of the test's own, which the reader does not see.
        replacing: what the page says -> what it stands for here, an address for example.
        without: how lines of the page begin that are left out.
    """

    folder: Path
    environ: dict[str, str]
    notes: Path
    replacing: Mapping[str, str] = field(default_factory=dict[str, str])
    without: Sequence[str] = ()
    _running: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """What the command said that runs on."""
        return self.notes / "running.log"

    def follow(self, text: str) -> None:
        """Do what the page says. AssertionError where something fails, or prints something else than the page has."""
        blocks = [*_BLOCK.findall(text), ("", "")]
        for (language, block), (next_language, next_block) in pairwise(blocks):
            expected = next_block if next_language == "text" else ""
            if language == "sh":
                self._run(block, expected)
            elif language in ("sql", "python"):
                self._write(block)

    def stop(self) -> None:
        """End the command that runs on, as Ctrl-C does."""
        running, self._running = self._running, None
        if running is not None:
            running.send_signal(signal.SIGINT)
            try:
                assert running.wait(_STOP_SECONDS) == 0, self.log.read_text()
            finally:
                running.kill()

    def _run(self, block: str, expected: str) -> None:
        for written, meant in self.replacing.items():
            block = block.replace(written, meant)
        block = "".join(line for line in block.splitlines(keepends=True) if not line.startswith(tuple(self.without)))
        if block.strip() in _RUNS_ON:
            self._start(block.strip(), expected)
            return
        deadline = time.monotonic() + (0 if self._running is None else _SHOWN_SECONDS)
        while True:
            printed = self._shell(block)
            missing = first_missing(expected, printed)
            if missing is None:
                return
            assert time.monotonic() < deadline, f"{block}\nprints no line like\n  {missing}\nbut\n{printed}"
            time.sleep(0.5)

    def _shell(self, block: str) -> str:
        """Run commands, and keep what they change of the shell; what they print."""
        folder, environ = self.notes / "folder", self.notes / "environ"
        kept = f"pwd >{shlex.quote(str(folder))}\nenv -0 >{shlex.quote(str(environ))}"
        done = subprocess.run(
            ["bash", "-c", f"set -e\n{block}\n{kept}"],
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}"
        self.folder = Path(folder.read_text().removesuffix("\n"))
        exported = (line.partition("=") for line in environ.read_text().split("\0") if line)
        self.environ = {name: value for name, _, value in exported if name not in _OF_SHELL}
        return done.stdout

    def _start(self, command: str, expected: str) -> None:
        self.stop()
        with self.log.open("wb") as output:
            self._running = subprocess.Popen(
                ["bash", "-c", f"exec {command}"],
                cwd=self.folder,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_SECONDS
        while (missing := first_missing(expected, self.log.read_text())) is not None:
            said = f"{command}\nsays no line like\n  {missing}\nbut\n{self.log.read_text()}"
            assert self._running.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.2)

    def _write(self, block: str) -> None:
        named = _FILE.match(block)
        assert named is not None, f"the first line names no file:\n{block}"
        (self.folder / named[1]).write_text(block, encoding="utf-8")


@contextmanager
def following(walk: Walk, text: str) -> Generator[Walk]:
    """Follow the page; what it left running runs on for the length of the block."""
    try:
        walk.follow(text)
        yield walk
    finally:
        walk.stop()


def first_missing(expected: str, printed: str) -> str | None:
    """The first line of `expected` that `printed` lacks, in this order; None where it has all. Spaces do not matter."""
    lines = iter([" ".join(line.split()) for line in printed.splitlines()])
    for wanted in expected.splitlines():
        if wanted.strip() in ("", "…"):
            continue
        pattern = ".*".join(re.escape(part) for part in " ".join(wanted.split()).split("…"))
        if not any(re.fullmatch(pattern, line) for line in lines):
            return wanted
    return None
