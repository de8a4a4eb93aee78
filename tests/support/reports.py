"""Reports of measured figures beside their goals: a table for people, JSON under `.denorm/reports/`."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from denorm_assets.cli.shared.output import print_rows
from denorm_assets.embedded.private_files import make_private_folder

REPORTS = Path(".denorm/reports")


@dataclass(frozen=True)
class Figure:
    """A measured figure; `at_most` or `at_least` is its goal, neither where it is only reported."""

    name: str
    value: float
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None

    @property
    def met(self) -> bool:
        """Whether the goal is met."""
        return (self.at_most is None or self.value <= self.at_most) and (
            self.at_least is None or self.value >= self.at_least
        )

    @property
    def goal(self) -> str:
        """The goal in words."""
        if self.at_most is not None:
            return f"at most {self.at_most:g}"
        return f"at least {self.at_least:g}" if self.at_least is not None else ""


def report(name: str, figures: Sequence[Figure], details: object = None) -> bool:
    """Print `figures` and write them as `<name>.json`; returns whether every goal is met."""
    print_rows(
        [
            {
                "figure": figure.name,
                "value": round(figure.value, 3),
                "unit": figure.unit,
                "goal": figure.goal,
                "met": ("yes" if figure.met else "NO") if figure.goal else "",
            }
            for figure in figures
        ],
        as_json=False,
        title=name,
    )
    make_private_folder(REPORTS)
    content = {
        "name": name,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": " ".join(sys.orig_argv[1:]),
        "machine": {"cores": os.cpu_count(), "platform": platform.platform(), "python": platform.python_version()},
        "figures": [{**asdict(figure), "met": figure.met} for figure in figures],
        "details": details,
    }
    (REPORTS / f"{name}.json").write_text(json.dumps(content, indent=2, default=str) + "\n")
    return all(figure.met for figure in figures)
