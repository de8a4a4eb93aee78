"""`make stranger`: the way of the guide, from the wheel, on databases that nobody here designed."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from denorm_assets.cli.shared.output import print_rows
from tests.stress.stranger.application import Application, Missing
from tests.stress.stranger.databases import APPLICATIONS
from tests.stress.stranger.kept import PIP_CACHE
from tests.stress.stranger.outcome import Outcome, figures
from tests.stress.stranger.site import OWNER, open_site
from tests.stress.stranger.step import Step, guide
from tests.stress.stranger.walk import walk
from tests.support.reports import report
from tests.support.wheel import Venv, build_wheel, locked_versions, new_venv


def main() -> int:
    """Walk, report, and return the exit status."""
    names = [application.name for application in APPLICATIONS]
    parser = argparse.ArgumentParser(prog="python -m tests.stress.stranger", description=__doc__)
    parser.add_argument("only", nargs="*", help=f"names of databases: {', '.join(names)}")
    parser.add_argument("--seconds", type=float, default=20, help="how long each application writes")
    options = parser.parse_args()
    unknown = [name for name in options.only if name not in names]
    if unknown:
        parser.error(f"no database is called {' or '.join(unknown)}")
    pages = guide()
    with tempfile.TemporaryDirectory(prefix="denorm-stranger-") as name:
        folder = Path(name)
        installing, venv = _install(folder)
        outcomes = [
            _go(application, venv, folder / application.name, installing, options.seconds)
            for application in APPLICATIONS
            if not options.only or application.name in options.only
        ]
    print_rows([outcome.row() for outcome in outcomes], as_json=False, title="databases that nobody here designed")
    for outcome in outcomes:
        for line in outcome.told(pages):
            print(f"{outcome.name}: {line}")
    name = "stranger-some" if options.only else "stranger"
    return 0 if report(name, figures(outcomes, pages), [asdict(outcome) for outcome in outcomes]) else 1


def _install(folder: Path) -> tuple[Step, Venv]:
    """Build the wheel; what installing it takes, and where it is."""
    wheel, constraints = build_wheel(folder), locked_versions(folder)
    began = time.monotonic()
    venv = new_venv(folder / "venv")
    venv.install("--cache-dir", str(PIP_CACHE), "--constraint", str(constraints), str(wheel))
    return Step("pip install", ("pip install denorm-assets",), seconds=time.monotonic() - began), venv


def _go(application: Application, venv: Venv, folder: Path, installing: Step, seconds: float) -> Outcome:
    outcome = Outcome(application.name, [installing])
    folder.mkdir()
    with open_site() as site:
        try:
            application.fill(site)
        except Missing as missing:
            outcome.missing = str(missing)
            return outcome
        site.run(application.reports, OWNER)
        site.let_application_write(application.schema)
        walk(application, venv, folder, site, outcome, seconds)
    return outcome


if __name__ == "__main__":
    sys.exit(main())
