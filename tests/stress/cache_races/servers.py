"""The servers of a race, in a folder that goes with them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from denorm_assets.embedded.postgres import EmbeddedPostgres, PostgresOptions
from denorm_assets.embedded.valkey import EmbeddedValkey
from tests.stress.cache_races.votes import SETTINGS


@contextmanager
def race_servers() -> Generator[tuple[Path, EmbeddedPostgres, EmbeddedValkey]]:
    """(home folder, PostgreSQL, Valkey), both running."""
    home = Path(tempfile.mkdtemp(prefix="denorm-cache-races-"))
    # PostgreSQL runs as another user where we are root; it has to reach its data.
    home.chmod(0o755)
    postgres, valkey = EmbeddedPostgres(home, PostgresOptions(settings=SETTINGS)), EmbeddedValkey(home)
    try:
        postgres.start()
        valkey.start()
        yield home, postgres, valkey
    finally:
        valkey.stop()
        postgres.stop()
        shutil.rmtree(home)
