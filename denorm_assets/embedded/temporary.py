"""A PostgreSQL for tests: its data is in memory where there is room, and gone after the block."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from denorm_assets.embedded.postgres import EmbeddedPostgres, PostgresOptions

FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "128MB"}
"""A crash loses the data, which is gone soon anyway."""
_ROOM = 4 * 1024**3
"""Bytes that the databases may take, with ample room to spare."""
_NO_SETTINGS: Mapping[str, str] = MappingProxyType({})


@contextmanager
def temporary_postgres(
    settings: Mapping[str, str] = _NO_SETTINGS, binaries: Path | None = None
) -> Generator[EmbeddedPostgres]:
    """A running server for the block, from the wheel or from the bin folder `binaries`. Raises EmbeddedError."""
    home = Path(tempfile.mkdtemp(prefix="denorm-tests-", dir=_memory()))
    try:
        # The server runs as another user where the tests run as root; it has to reach its data.
        home.chmod(0o755)
        postgres = EmbeddedPostgres(home, PostgresOptions(settings={**FAST, **settings}, binaries=binaries))
        postgres.start()
        try:
            yield postgres
        finally:
            postgres.stop()
    finally:
        shutil.rmtree(home)


def _memory() -> str | None:
    """A folder that is kept in memory, where there is room; it takes half of the time to create and drop a database."""
    shared = Path("/dev/shm")  # noqa: S108
    roomy = os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > _ROOM
    return str(shared) if roomy else None
