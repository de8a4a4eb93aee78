"""`make fuzz`: generated definitions, kept fresh under generated changes, and judged."""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import psycopg

from denorm_assets.embedded.postgres import EmbeddedPostgres, PostgresOptions
from tests.stress.oracle.fuzzing import fuzz
from tests.stress.oracle.runs import Tally
from tests.support.reports import Figure, report

_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "jit": "off",
    "autovacuum": "off",
    "shared_buffers": "128MB",
}


def main() -> int:
    """Run, report, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.stress.oracle", description=__doc__)
    parser.add_argument("--examples", type=int, default=5000, help="definitions to try")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32), help="repeats a run")
    parser.add_argument("--workers", type=int, default=min(os.cpu_count() or 1, 4))
    parser.add_argument("--no-shrink", action="store_true", help="show a failure as it was found")
    options = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="denorm-fuzz-"))
    home.chmod(0o755)
    postgres = EmbeddedPostgres(home, PostgresOptions(settings=_SETTINGS))
    postgres.start()
    try:
        began = time.monotonic()
        results = _fuzz_all(postgres, options)
        seconds = time.monotonic() - began
    finally:
        postgres.stop()
        shutil.rmtree(home, ignore_errors=True)
    tally = sum((each for each, _ in results), Tally())
    failures = [failure for _, failure in results if failure is not None]
    met = report(
        "fuzz",
        [
            Figure("definitions tried", tally.definitions),
            Figure("definitions a second", tally.definitions / seconds, "1/s", at_least=8),
            Figure("accepted", 100 * tally.accepted / max(tally.definitions, 1), "%", at_least=95),
            Figure("rounds of changes compared", tally.rounds),
            Figure("statements of the application", tally.statements),
            Figure("failures", len(failures), at_most=0),
        ],
        {
            "seed": options.seed,
            "refused": dict(tally.refused.most_common()),
            "refusals": tally.refusals[:50],
            "application_errors": dict(tally.errors),
            "failures": failures,
        },
    )
    for reason, count in tally.refused.most_common():
        print(f"refused {count} x: {reason}")
    for failure in failures:
        print(f"FAILED (seed {options.seed}):\n{failure}", file=sys.stderr)
    return 0 if met else 1


def _fuzz_all(postgres: EmbeddedPostgres, options: argparse.Namespace) -> list[tuple[Tally, str | None]]:
    urls: list[str] = []
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        for number in range(options.workers):
            connection.execute(f"CREATE DATABASE fuzz_{number}".encode())
            urls.append(postgres.url(f"fuzz_{number}"))
    each = -(-options.examples // options.workers)
    with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
        running = [
            pool.submit(fuzz, url, each, options.seed + number, shrink=not options.no_shrink)
            for number, url in enumerate(urls)
        ]
        return [future.result() for future in running]


if __name__ == "__main__":
    sys.exit(main())
