"""`make mutants`: small faults in the analysis, one at a time; those that no test notices are named."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tomllib
from dataclasses import asdict
from pathlib import Path

# All variants of tests; read when they are collected.
os.environ["DENORM_TEST_WHOLE"] = "1"

from denorm_assets.embedded.private_files import make_private_folder
from tests.stress.mutants.mutations import names_of
from tests.stress.mutants.running import KILLED, NOT_COVERED, SURVIVED, TIMED_OUT, Fate, Runner, by_outcome, run
from tests.support.reports import REPORTS, Figure, report

_ROOT = Path(__file__).parents[3]
_FATES = REPORTS / "mutants.jsonl"
_EXPLAINED = Path(__file__).with_name("explained.toml")
_PACKAGE = "denorm_assets"
_QUICK = ("tests/unit/sql", "tests/unit/model")
_ORACLE = "tests/stress/oracle/test_counterexamples.py"
_READ = "tests/integration/definitions_read"
_APPLY = "tests/integration/db/apply"
_ANALYSIS = {
    "denorm_assets/sql/analysis": (
        _ORACLE,
        f"{_APPLY}/test_explanation.py",
        f"{_APPLY}/test_partial_aggregates.py",
    ),
    "denorm_assets/sql/parsed": (f"{_READ}/test_row_order.py",),
    "denorm_assets/sql/rows": (_ORACLE,),
    "denorm_assets/db/introspection": (_READ, f"{_APPLY}/test_anchor_choice.py", f"{_APPLY}/test_auto.py"),
}
"""What is mutated, and the tests on servers for what the quick tests let live."""


def main() -> int:
    """Run, report, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.stress.mutants", description=__doc__)
    parser.add_argument(
        "--only", default="", metavar="PATH", help="a file or folder of the package; default: the analysis"
    )
    parser.add_argument("--name", action="append", default=[], help="only mutants whose name has this text in it")
    parser.add_argument("--sample", type=int, metavar="N", help="only so many mutants, drawn at random from these")
    parser.add_argument("--seed", type=int, default=0, help="which sample that is")
    parser.add_argument(
        "--tests", action="append", default=[], metavar="PATH", help="in place of the usual tests on servers"
    )
    parser.add_argument("--again", action="store_true", help="try only those that no earlier run has killed")
    parser.add_argument("--budget", type=float, default=60, help="seconds of tests on servers per mutant")
    options = parser.parse_args()
    files = [file for place in (options.only.split() or _ANALYSIS) for file in _files(place)]
    if not files:
        parser.error(f"there is no file at {options.only}")
    wanted = names_of(files, options.name, options.sample, options.seed)
    runner = Runner(files, wanted, options.budget, _killed() if options.again else {}, _note)
    run(runner, [*_QUICK, *(options.tests or _tests_on_servers(files))])
    if runner.failed:
        print(*runner.failed, sep="\n", file=sys.stderr)
        print("These tests fail without a mutant; nothing can be said about mutants.", file=sys.stderr)
        return 1
    return 0 if _report(runner.fates, complete=not options.name and options.sample is None) else 1


def _tests_on_servers(files: list[Path]) -> list[str]:
    places = [place for place in _ANALYSIS if any(file.is_relative_to(_ROOT / place) for file in files)]
    return list(dict.fromkeys(test for place in places for test in _ANALYSIS[place]))


def _note(fate: Fate) -> None:
    make_private_folder(_FATES.parent)
    with _FATES.open("a", encoding="utf-8") as file:
        file.write(f"{json.dumps(asdict(fate))}\n")


def _killed() -> dict[tuple[str, str], Fate]:
    """What earlier runs have killed, by file and name: a mutant keeps its name while its place is as it was."""
    lines = _FATES.read_text(encoding="utf-8").splitlines() if _FATES.is_file() else []
    fates = [Fate(**json.loads(line)) for line in lines]
    return {(fate.file, fate.name): fate for fate in fates if fate.outcome in (KILLED, TIMED_OUT)}


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
