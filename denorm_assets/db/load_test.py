"""Load tests: many virtual users read a system's pages, and how long they wait for them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from denorm_assets.errors import ConfigurationError, LoadFailed
from denorm_assets.model.check_result import CheckResult, Row
from denorm_assets.model.system import Load, System


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
class LoadReport:
    """A load test's figures, all pages together and each by itself.

    Attributes:
        errors: the first few different ones.
    """

    system: System
    users: int
    total: PageLoad
    pages: Mapping[str, PageLoad]
    errors: tuple[str, ...]

    @property
    def error_share(self) -> float:
        """Failed requests among all, 0 to 1."""
        return self.total.failures / self.total.requests if self.total.requests else 1.0

    def within_limits(self) -> CheckResult:
        """Whether the declared limits hold."""
        limits, total = load_of(self.system), self.total
        passed = total.p95_ms < limits.p95_ms and self.error_share < limits.error_share and total.requests > 0
        summary = (
            f"{self.users:,} users, {total.per_second:.0f} requests a second: p95 {total.p95_ms:.0f} ms "
            f"(limit {limits.p95_ms:g}), {self.error_share:.2%} errors (limit {limits.error_share:.0%})"
        )
        if self.errors:
            summary += f"; for example {self.errors[0]}"
        rows: tuple[Row, ...] = tuple(
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
        figures = {"p95 ms": total.p95_ms, "requests a second": total.per_second, "errors": total.failures}
        return CheckResult("within_limits", self.system.name, passed, summary, rows, figures, warning_only=not passed)


def run_load(url: str, system: System, users: int | None, seconds: float) -> LoadReport:
    """Let `users` (the declared number where None) read the system's pages for `seconds` after a ramp of ten.

    Raises ConfigurationError where the system declares no load or locust is not installed, LoadFailed otherwise.
    """
    load = load_of(system)
    users = users or load.users
    plan = {
        "schema": system.schema,
        "users": users,
        "seconds": seconds,
        "think_seconds": load.think_seconds,
        "draws": dict(load.draws),
        "queries": [
            {"name": pair.name, "text": pair.after.text, "parameters": dict(pair.parameters)} for pair in system.queries
        ],
    }
    done = subprocess.run(
        [sys.executable, "-m", "denorm_assets.db.load_process"],
        input=json.dumps(plan),
        env={**os.environ, "DENORM_DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        if "No module named" in last:
            raise ConfigurationError(f"{last}. Load tests need locust: pip install 'denorm-assets[load]'")
        raise LoadFailed(system.name, last)
    found = json.loads(done.stdout)
    pages = {name: PageLoad(**figures) for name, figures in found["queries"].items()}
    return LoadReport(system, users, PageLoad(**found["total"]), pages, tuple(found["errors"]))


def load_of(system: System) -> Load:
    """The system's load. Raises ConfigurationError where it declares none."""
    if system.load is None:
        raise ConfigurationError(f"the system {system.name} declares no load, so there is nothing to test")
    return system.load
