"""Load tests: many virtual users read a system's pages, and how long they wait for them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from denorm_assets.child_environment import child_environment
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.pooled_session import require_own
from denorm_assets.errors import ConfigurationError, LoadFailed
from denorm_assets.extras import LOCUST
from denorm_assets.model.check_result import CheckResult, Row
from denorm_assets.model.system import Load, QueryPair, Stages, System

Which = Literal["before", "after"]

_LOCUSTFILE = str(Path(__file__).with_name("locustfile.py"))
_LONGEST_PAGE_SECONDS = 40
"""For the pool, and for the statement: who leaves finishes the page that he reads."""
_LOCUST_OPTIONS = (
    *("--headless", "--only-summary", "--loglevel", "ERROR"),
    *("--stop-timeout", str(_LONGEST_PAGE_SECONDS)),
    # Failed requests are judged by the declared limits.
    *("--exit-code-on-error", "0"),
)


@dataclass(frozen=True)
class PageLoad:
    """What the users of a load test got: milliseconds from asking to the last row, pool included."""

    requests: int
    failures: int
    per_second: float
    average_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float


@dataclass(frozen=True)
class Moment:
    """What all users got in a short interval, of which a load test has some dozens.

    Attributes:
        second: its end, from the first user on.
        users: how many there were at its end.
    """

    second: float
    users: int
    per_second: float
    failures: int
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True)
class LoadReport:
    """A load test's figures of its steady stretch, all pages together and each by itself.

    Attributes:
        errors: the first few different ones.
        processor_share: how much of a processor the virtual users themselves took; near 1 the figures are theirs and
            not the server's.
        timeline: the whole test, ramps included.
    """

    system: System
    users: int
    stages: Stages
    total: PageLoad
    pages: Mapping[str, PageLoad]
    errors: tuple[str, ...]
    processor_share: float
    timeline: tuple[Moment, ...]

    @property
    def error_share(self) -> float:
        """Failed requests among all, 0 to 1."""
        return self.total.failures / self.total.requests if self.total.requests else 1.0

    @property
    def limited_ms(self) -> dict[str, tuple[float, float]]:
        """Figure -> (milliseconds, limit), for each that the system declares a limit of."""
        limits, total = load_of(self.system), self.total
        figures = {
            "average": (total.average_ms, limits.average_ms),
            "p95": (total.p95_ms, limits.p95_ms),
            "p99": (total.p99_ms, limits.p99_ms),
        }
        return {name: (value, limit) for name, (value, limit) in figures.items() if limit is not None}

    def rows(self) -> tuple[Row, ...]:
        """A row per page, as a table shows it."""
        return tuple(
            {
                "query": name,
                "requests": page.requests,
                "errors": page.failures,
                "average ms": page.average_ms,
                "p50 ms": page.p50_ms,
                "p95 ms": page.p95_ms,
                "p99 ms": page.p99_ms,
            }
            for name, page in sorted(self.pages.items())
        )

    def within_limits(self) -> CheckResult:
        """Whether the declared limits hold."""
        total, most_errors = self.total, load_of(self.system).error_share
        in_time = all(value < limit for value, limit in self.limited_ms.values())
        passed = in_time and self.error_share < most_errors and total.requests > 0
        times = ", ".join(
            f"{name} {value:.0f} ms (limit {limit:g})" for name, (value, limit) in self.limited_ms.items()
        )
        summary = (
            f"{self.users:,} users, {total.per_second:.0f} requests a second: {times}, "
            f"{self.error_share:.2%} errors (limit {most_errors:.0%})"
        )
        if self.errors:
            summary += f"; for example {self.errors[0]}"
        figures = {
            **{f"{name} ms": value for name, (value, _) in self.limited_ms.items()},
            "requests a second": total.per_second,
            "errors": total.failures,
            "processors that the users took": self.processor_share,
        }
        return CheckResult(
            "within_limits", self.system.name, passed, summary, self.rows(), figures, warning_only=not passed
        )


def run_load(
    url: str, system: System, users: int | None = None, stages: Stages | None = None, which: Which = "after"
) -> LoadReport:
    """Let `users` read the system's pages through `stages`, as they were before or as they are after.

    The declared number and stages where they are None. Raises ConfigurationError where the system declares no load,
    MissingExtra without locust, SessionNeeded behind a pooler, LoadFailed otherwise.
    """
    load = load_of(system)
    LOCUST.require("a load test")
    database = Database(url)
    with database.session() as session:
        require_own(session, "a load test sets the search path of each of its connections")
    database.close()
    users, stages = users or load.users, stages or load.stages
    plan = {
        "schema": system.schema,
        "users": users,
        "stages": asdict(stages),
        "think_seconds": load.think_seconds,
        "draws": dict(load.draws),
        "queries": [
            {"name": pair.name, "text": _text(pair, which), "parameters": dict(pair.parameters)}
            for pair in system.queries
        ],
    }
    found = _run_locust(url, system, plan)
    return LoadReport(
        system,
        users,
        stages,
        PageLoad(**found["total"]),
        {name: PageLoad(**figures) for name, figures in found["queries"].items()},
        tuple(found["errors"]),
        found["processor_share"],
        tuple(Moment(**moment) for moment in found["timeline"]),
    )


def _run_locust(url: str, system: System, plan: Mapping[str, object]) -> dict[str, Any]:
    """The figures that the locustfile wrote. It runs in a process of its own, because locust patches all that waits."""
    with TemporaryDirectory(prefix="denorm-load-") as folder:
        planned, figures = Path(folder, "plan.json"), Path(folder, "figures.json")
        planned.write_text(json.dumps(plan), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "locust", "-f", _LOCUSTFILE, *_LOCUST_OPTIONS],
            env={
                # PG*: where libpq finds certificates and the like.
                **child_environment(prefixes=("PYTHON", "PG")),
                "DENORM_DATABASE_URL": url,
                "LOAD_TEST_PLAN": str(planned),
                "LOAD_TEST_FIGURES": str(figures),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0 and figures.exists():
            return json.loads(figures.read_text(encoding="utf-8"))
    last = (done.stderr.strip().splitlines() or ["no message"])[-1]
    raise LoadFailed(system.name, last)


def load_of(system: System) -> Load:
    """The system's load. Raises ConfigurationError where it declares none."""
    if system.load is None:
        raise ConfigurationError(f"the system {system.name} declares no load, so there is nothing to test")
    return system.load


def _text(pair: QueryPair, which: Which) -> str:
    return (pair.before if which == "before" else pair.after).text
