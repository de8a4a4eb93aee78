"""`make mutants`: small faults in the analysis, one at a time; those that no test notices are named."""

from __future__ import annotations

import argparse
import os
import sys
import tomllib
from dataclasses import asdict
from pathlib import Path

# All variants of tests; read when they are collected.
os.environ["DENORM_TEST_WHOLE"] = "1"

from tests.stress.mutants.running import KILLED, NOT_COVERED, SURVIVED, TIMED_OUT, Fate, by_outcome, run
from tests.support.reports import Figure, report

_ROOT = Path(__file__).parents[3]
_EXPLAINED = Path(__file__).with_name("explained.toml")
_PACKAGE = "denorm_assets"
_ANALYSIS = (
    "denorm_assets/sql/analysis",
    "denorm_assets/sql/parsed",
    "denorm_assets/sql/rows",
    "denorm_assets/db/introspection",
)
_QUICK = ("tests/unit/sql", "tests/unit/model")


def main() -> int:
    """Run, report, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.stress.mutants", description=__doc__)
    parser.add_argument(
        "--only", default="", metavar="PATH", help="a file or folder of the package; default: the analysis"
    )
    parser.add_argument("--name", action="append", default=[], help="only mutants whose name has this text in it")
    parser.add_argument("--tests", action="append", default=[], metavar="PATH", help="tests besides the usual ones")
    parser.add_argument("--budget", type=float, default=60, help="seconds of tests on servers per mutant")
    options = parser.parse_args()
    files = [file for place in (options.only.split() or _ANALYSIS) for file in _files(place)]
    if not files:
        parser.error(f"there is no file at {options.only}")
    runner = run(files, [*_QUICK, *options.tests], options.name, options.budget)
    if runner.failed:
        print(*runner.failed, sep="\n", file=sys.stderr)
        print("These tests fail without a mutant; nothing can be said about mutants.", file=sys.stderr)
        return 1
    return 0 if _report(runner.fates, complete=not options.name) else 1


def _files(place: str) -> list[Path]:
    path = _ROOT / (place if place.startswith(_PACKAGE) else f"{_PACKAGE}/{place}")
    return sorted(path.rglob("*.py")) if path.is_dir() else [path] * path.is_file()


def _report(fates: list[Fate], *, complete: bool) -> bool:
    """Print and write what came of the mutants; returns whether all are killed or explained."""
    explained: dict[str, dict[str, str]] = tomllib.loads(_EXPLAINED.read_text(encoding="utf-8"))
    found = by_outcome(fates)
    alive = [*found.get(SURVIVED, ()), *found.get(NOT_COVERED, ())]
    left = [fate for fate in alive if fate.name not in explained.get(fate.file, {})]
    # An explanation of what is killed, or is gone, explains nothing.
    files, names = {fate.file for fate in fates}, {(fate.file, fate.name) for fate in alive}
    stale = [(file, name) for file in sorted(files) for name in explained.get(file, ()) if (file, name) not in names]
    for fate in left:
        print(f"{fate.outcome}: {fate.file}:{fate.line} {fate.name}")
    for file, name in stale if complete else ():
        print(f"explained, but killed or gone: {file} {name}")
    figures = [
        Figure("mutants", len(fates)),
        Figure("killed", len(found.get(KILLED, ()))),
        Figure("timed out", len(found.get(TIMED_OUT, ()))),
        Figure("explained", len(alive) - len(left)),
        Figure("left alive", len(left), at_most=0),
        Figure("explanations of others", len(stale) if complete else 0, at_most=0),
    ]
    return report("mutants", figures, [asdict(fate) for fate in fates])


if __name__ == "__main__":
    sys.exit(main())
