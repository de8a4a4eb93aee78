"""A server of the benchmarks' own, with the settings that `make dev` uses; its data are kept between runs."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

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
