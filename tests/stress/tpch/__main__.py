"""`make tpch`: the 22 queries of TPC-H, kept fresh through its refresh streams, and judged after each."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from denorm_assets.cli.shared.output import print_rows
from tests.conftest import temporary_server
from tests.stress.tpch.data import prepare
from tests.stress.tpch.outcome import figures
from tests.stress.tpch.run import queries, run
from tests.support.reports import report


def main() -> int:
    """Run, report, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.stress.tpch", description=__doc__)
    parser.add_argument(
        "--only", nargs="*", default=[], metavar="QUERY", help="how the names of queries begin: q01 q06"
    )
    parser.add_argument("--scale", type=float, default=0.1, help="1 is a gigabyte")
    options = parser.parse_args()
    chosen = queries(options.only)
    if not chosen:
        parser.error(f"no query is called {' or '.join(options.only)}")
    with temporary_server() as server:
        found = run(prepare(server, "tpch", options.scale), chosen)
    print_rows([outcome.row() for outcome in found.outcomes], as_json=False, title=f"TPC-H, scale {options.scale}")
    print("ms: all refreshes / REFRESH MATERIALIZED VIEW of the query")
    for outcome in found.outcomes:
        if outcome.refused:
            print(f"{outcome.name} is refused: {outcome.refused}")
        for source in outcome.whole:
            print(f"{outcome.name}: {source} is whole: {outcome.classes[source]}")
    for stream, seconds in found.beside.items():
        print(f"{stream}: {1000 * seconds:.0f} ms besides the refreshes: the change log, and waiting")
    for fault in found.failed:
        print(f"failed: {fault}")
    details = {"scale": options.scale, "queries": [asdict(each) for each in found.outcomes], "beside": found.beside}
    return 0 if report("tpch", figures(found.outcomes, found.failed), details) else 1


if __name__ == "__main__":
    sys.exit(main())
