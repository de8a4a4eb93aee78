"""What the load tests of all systems share: options of the command line, figures beside limits, and a chart."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import asdict

from denorm_assets.definitions.events.chart import load_over_time
from denorm_assets.embedded.private_files import make_private_folder
from denorm_assets.load_test.run import LoadReport, load_of
from denorm_assets.model.system import Stages, System
from tests.support.reports import REPORTS, Figure


def load_options(prog: str, description: str | None, system: System, scale: int) -> argparse.ArgumentParser:
    """A parser of users, stages and scale, with what the system declares where they are not given."""
    load = load_of(system)
    parser = argparse.ArgumentParser(prog=prog, description=description)
    parser.add_argument("--users", type=int, default=load.users)
    parser.add_argument("--ramp", type=float, default=load.stages.ramp, help="seconds in which users come")
    parser.add_argument("--steady", "--seconds", type=float, default=load.stages.steady, help="with all users")
    parser.add_argument("--ramp-down", type=float, default=load.stages.ramp_down, help="seconds in which they leave")
    parser.add_argument("--scale", type=int, default=scale, help="rows of the main table")
    return parser


def stages_of(options: argparse.Namespace) -> Stages:
    """The stages that the command line asks for."""
    return Stages(options.ramp, options.steady, options.ramp_down)


def figures_of(found: LoadReport, title: str, *, judged: bool) -> list[Figure]:
    """The figures of the steady stretch, beside the declared limits where `judged`."""
    limits = load_of(found.system)

    def goal(limit: float | None) -> float | None:
        return limit if judged else None

    total = found.total
    return [
        Figure(f"{title}: users", found.users),
        Figure(f"{title}: requests a second", total.per_second),
        Figure(f"{title}: average", total.average_ms, "ms", at_most=goal(limits.average_ms)),
        Figure(f"{title}: p95", total.p95_ms, "ms", at_most=goal(limits.p95_ms)),
        Figure(f"{title}: p99", total.p99_ms, "ms", at_most=goal(limits.p99_ms)),
        Figure(f"{title}: errors", found.error_share * 100, "%", at_most=goal(limits.error_share * 100)),
        Figure(f"{title}: processors that the virtual users took", found.processor_share),
    ]


def details_of(found: LoadReport) -> dict[str, object]:
    """Pages, the first errors, and the whole test over time."""
    return {
        "stages": asdict(found.stages),
        "pages": found.rows(),
        "errors": found.errors,
        "timeline": [asdict(moment) for moment in found.timeline],
    }


def draw(name: str, tests: Mapping[str, LoadReport]) -> None:
    """Write `<name>.md` beside the report: each load test over time, as a picture."""
    make_private_folder(REPORTS)
    parts = [
        f"# {title}\n\n{load_over_time(found.timeline, found.stages)['chart'].value}\n"
        for title, found in tests.items()
    ]
    (REPORTS / f"{name}.md").write_text("\n".join(parts))
