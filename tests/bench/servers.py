"""A server of the benchmarks' own, with the settings that `make dev` uses; its data are kept between runs."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from denorm_assets.embedded.postgres import EmbeddedPostgres

HOME = Path(".denorm/bench").absolute()


@contextmanager
def bench_server() -> Generator[EmbeddedPostgres]:
    """The running server; stopped at the end of the block."""
    postgres = EmbeddedPostgres(HOME)
    postgres.start()
    try:
        yield postgres
    finally:
        postgres.stop()


def libpq_environment(url: str) -> dict[str, str]:
    """This process's environment with the connection in it: a password has no place on a command line."""
    parts = conninfo_to_dict(url)
    named = {f"PG{key.upper()}".replace("PGDBNAME", "PGDATABASE"): str(value) for key, value in parts.items()}
    return {**os.environ, **named}
