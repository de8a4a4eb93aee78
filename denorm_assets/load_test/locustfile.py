"""A locustfile: virtual users read the pages of a plan. `denorm-assets load` runs it headless.

The environment names three things: DENORM_DATABASE_URL, the plan (LOAD_TEST_PLAN, a JSON file), and where the figures
go at the end (LOAD_TEST_FIGURES).
"""

# ruff: noqa: S311
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false

from __future__ import annotations

import json
import os
import random
import time
from pathlib import Path
from typing import Any

from locust import LoadTestShape, User, events, task
from locust.stats import RequestStats, StatsEntry
from sqlalchemy import create_engine

from denorm_assets.db.postgres.server_url import read_url, sqlalchemy_url

_POOL_SIZE, _MORE_CONNECTIONS, _POOL_TIMEOUT = 50, 30, 10
_STATEMENT_TIMEOUT = 30
_MOMENTS = 60

PLAN: dict[str, Any] = json.loads(Path(os.environ["LOAD_TEST_PLAN"]).read_text(encoding="utf-8"))
ENGINE = create_engine(
    sqlalchemy_url(read_url(os.environ["DENORM_DATABASE_URL"]), "psycopg"),
    pool_size=_POOL_SIZE,
    max_overflow=_MORE_CONNECTIONS,
    pool_timeout=_POOL_TIMEOUT,
    pool_pre_ping=True,
    pool_recycle=300,
    isolation_level="AUTOCOMMIT",
    connect_args={
        "application_name": "denorm_assets load",
        "options": f"-c search_path={PLAN['schema']},public -c statement_timeout={_STATEMENT_TIMEOUT}s",
    },
)


def _values(text: str) -> list[Any]:
    with ENGINE.connect() as connection:
        return [row[0] for row in connection.exec_driver_sql(text)]


DRAWS = {name: _values(text) for name, text in PLAN["draws"].items()}


class Reader(User):
    """Reads one page after another, and thinks in between: an exponential time of the plan's mean."""

    def wait_time(self) -> float:
        """Seconds until the next page."""
        return random.expovariate(1 / PLAN["think_seconds"])

    @task
    def read(self) -> None:
        """Read a page. Any failure is a failed request."""
        query = random.choice(PLAN["queries"])
        given = {
            name: random.choice(DRAWS[name]) if DRAWS.get(name) else value
            for name, value in query["parameters"].items()
        }
        began, failure, rows = time.perf_counter(), None, 0
        try:
            with ENGINE.connect() as connection:
                rows = len(connection.exec_driver_sql(query["text"], given).fetchall())
        except Exception as error:
            failure = error
        self.environment.events.request.fire(
            request_type="read",
            name=query["name"],
            response_time=(time.perf_counter() - began) * 1000,
            response_length=rows,
            exception=failure,
            context={},
        )


class Stages(LoadTestShape):
    """Users come one after another, all of them stay, and they leave again; the figures are those of the middle."""

    def __init__(self) -> None:
        super().__init__()
        self._moments: list[dict[str, float]] = []
        self._noted_at = 0.0
        self._steady_since = 0.0
        self._report: dict[str, Any] = {}

    def tick(self) -> tuple[int, float] | None:
        """How many users there have to be from now on; None at the end. locust asks once a second."""
        users, stages, now = PLAN["users"], PLAN["stages"], self.get_run_time()
        ends = [stages["ramp"], stages["ramp"] + stages["steady"], sum(stages.values())]
        # Half a tick of tolerance. In the last moment everybody has left.
        if self._noted_at + max(1, ends[2] / _MOMENTS) - 0.5 <= now < ends[2]:
            self._note(now)
        if now >= ends[0] and not self._steady_since:
            self._stats.reset_all()
            self._steady_since = time.process_time()
        if now < ends[1]:
            return users, users / max(1, stages["ramp"])
        self._report = self._report or _report(self._stats, time.process_time() - self._steady_since)
        if now < ends[2]:
            return 0, users / stages["ramp_down"]
        found = {**self._report, "timeline": self._moments}
        Path(os.environ["LOAD_TEST_FIGURES"]).write_text(json.dumps(found), encoding="utf-8")
        return None

    def _note(self, now: float) -> None:
        """Add what all users got since the last moment."""
        seconds, self._noted_at = now - self._noted_at, now
        waited, failed = sorted(each for each, _ in _REQUESTS), sum(failed for _, failed in _REQUESTS)
        _REQUESTS.clear()
        self._moments.append(
            {
                "second": round(now, 1),
                "users": self.get_current_user_count(),
                "per_second": round(len(waited) / seconds, 1),
                "failures": failed,
                "p50_ms": _percentile(waited, 0.5),
                "p95_ms": _percentile(waited, 0.95),
            }
        )

    @property
    def _stats(self) -> RequestStats:
        assert self.runner is not None
        return self.runner.stats


_REQUESTS: list[tuple[float, bool]] = []
"""Milliseconds, and whether it failed, of each request since the last moment."""


@events.request.add_listener
def _add(response_time: float, exception: Exception | None, **_: Any) -> None:
    _REQUESTS.append((response_time, exception is not None))


def _percentile(ordered: list[float], share: float) -> float:
    return round(ordered[int(len(ordered) * share)], 2) if ordered else 0.0


def _report(stats: RequestStats, processor_seconds: float) -> dict[str, Any]:
    return {
        "total": _figures(stats.total),
        "processor_share": round(processor_seconds / PLAN["stages"]["steady"], 3),
        "queries": {entry.name: _figures(entry) for entry in stats.entries.values()},
        # locust counts an error of each page by itself.
        "errors": list(dict.fromkeys(str(error.error) for error in stats.errors.values()))[:5],
    }


def _figures(entry: StatsEntry) -> dict[str, float]:
    percentiles = {f"p{share:g}_ms": entry.get_response_time_percentile(share / 100) or 0.0 for share in (50, 95, 99)}
    return {
        "requests": entry.num_requests,
        "failures": entry.num_failures,
        "per_second": round(entry.total_rps, 2),
        "average_ms": round(entry.avg_response_time, 2),
        **percentiles,
    }
