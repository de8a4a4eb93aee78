"""The process of a load test: `python -m denorm_assets.load_test.locust_process`; its plan is on standard input.

locust's virtual users are greenlets, so everything that waits has to be patched before it is imported; hence a process
of its own. The address of the database comes from the environment, the report goes to standard output as JSON.
"""

# ruff: noqa: E402, S311
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false

from gevent import monkey

monkey.patch_all()

import json
import os
import random
import sys
import time
from typing import Any

import gevent
from locust import User, task
from locust.env import Environment
from locust.runners import LocalRunner
from sqlalchemy import Engine, create_engine

from denorm_assets.db.postgres.server_url import read_url, sqlalchemy_url

_POOL_SIZE, _MORE_CONNECTIONS, _POOL_TIMEOUT = 50, 30, 10
_STATEMENT_TIMEOUT = 30
_MOMENTS = 60


def run(plan: dict[str, Any], url: str) -> dict[str, Any]:
    """Let `plan["users"]` virtual users read through `plan["stages"]`; returns the figures."""
    engine = create_engine(
        sqlalchemy_url(read_url(url), "psycopg"),
        pool_size=_POOL_SIZE,
        max_overflow=_MORE_CONNECTIONS,
        pool_timeout=_POOL_TIMEOUT,
        pool_pre_ping=True,
        pool_recycle=300,
        isolation_level="AUTOCOMMIT",
        connect_args={
            "application_name": "denorm_assets load",
            "options": f"-c search_path={plan['schema']},public -c statement_timeout={_STATEMENT_TIMEOUT}s",
        },
    )
    drawn = {name: _values(engine, text) for name, text in plan["draws"].items()}
    environment = Environment(user_classes=[_reader(engine, plan, drawn)])
    # Who leaves finishes the page that he reads.
    environment.stop_timeout = _POOL_TIMEOUT + _STATEMENT_TIMEOUT
    runner = environment.create_local_runner()
    timeline = _Timeline(runner)
    environment.events.request.add_listener(timeline.add)
    users, stages = plan["users"], plan["stages"]
    sampling = gevent.spawn(timeline.sample, max(1, sum(stages.values()) / _MOMENTS))
    runner.start(users, spawn_rate=users / max(1, stages["ramp"]))
    gevent.sleep(stages["ramp"])
    environment.stats.reset_all()
    began = time.process_time()
    gevent.sleep(stages["steady"])
    figures: dict[str, Any] = {"total": _figures(environment.stats.total)}
    figures["processor_share"] = round((time.process_time() - began) / stages["steady"], 3)
    figures["queries"] = {entry.name: _figures(entry) for entry in environment.stats.entries.values()}
    # locust counts an error of each page by itself.
    figures["errors"] = list(dict.fromkeys(str(error.error) for error in environment.stats.errors.values()))[:5]
    if stages["ramp_down"]:
        runner.start(0, spawn_rate=users / stages["ramp_down"])
        gevent.sleep(stages["ramp_down"])
    sampling.kill()
    runner.quit()
    engine.dispose()
    return {**figures, "timeline": timeline.moments}


class _Timeline:
    """What all users got, interval by interval."""

    def __init__(self, runner: LocalRunner) -> None:
        self.moments: list[dict[str, float]] = []
        self._runner = runner
        self._waited_ms: list[float] = []
        self._failures = 0

    def add(self, response_time: float, exception: Exception | None, **_: Any) -> None:
        """Note a request."""
        self._waited_ms.append(response_time)
        self._failures += exception is not None

    def sample(self, interval: float) -> None:
        """Close an interval every `interval` seconds, until it is killed."""
        first = began = time.perf_counter()
        while True:
            gevent.sleep(interval)
            ended = time.perf_counter()
            waited, self._waited_ms = sorted(self._waited_ms), []
            failures, self._failures = self._failures, 0
            self.moments.append(
                {
                    "second": round(ended - first, 1),
                    "users": self._runner.user_count,
                    "per_second": round(len(waited) / (ended - began), 1),
                    "failures": failures,
                    "p50_ms": _percentile(waited, 0.5),
                    "p95_ms": _percentile(waited, 0.95),
                }
            )
            began = ended


def _percentile(ordered: list[float], share: float) -> float:
    return round(ordered[int(len(ordered) * share)], 2) if ordered else 0.0


def _values(engine: Engine, text: str) -> list[Any]:
    with engine.connect() as connection:
        return [row[0] for row in connection.exec_driver_sql(text)]


def _reader(engine: Engine, plan: dict[str, Any], drawn: dict[str, list[Any]]) -> type[User]:
    class Reader(User):
        """Reads one page after another, and thinks in between: an exponential time of the plan's mean."""

        def wait_time(self) -> float:
            return random.expovariate(1 / plan["think_seconds"])

        @task
        def read(self) -> None:
            query = random.choice(plan["queries"])
            given = {
                name: random.choice(drawn[name]) if drawn.get(name) else value
                for name, value in query["parameters"].items()
            }
            began, failure, rows = time.perf_counter(), None, 0
            try:
                with engine.connect() as connection:
                    rows = len(connection.exec_driver_sql(query["text"], given).fetchall())
            except Exception as error:  # whatever goes wrong is a failed request, and counted as one
                failure = error
            self.environment.events.request.fire(
                request_type="read",
                name=query["name"],
                response_time=(time.perf_counter() - began) * 1000,
                response_length=rows,
                exception=failure,
                context={},
            )

    return Reader


def _figures(entry: Any) -> dict[str, float]:
    def percentile(share: float) -> float:
        return entry.get_response_time_percentile(share) or 0.0

    return {
        "requests": entry.num_requests,
        "failures": entry.num_failures,
        "per_second": round(entry.total_rps, 2),
        "average_ms": round(entry.avg_response_time, 2),
        "p50_ms": percentile(0.5),
        "p95_ms": percentile(0.95),
        "p99_ms": percentile(0.99),
    }


if __name__ == "__main__":
    json.dump(run(json.load(sys.stdin), os.environ["DENORM_DATABASE_URL"]), sys.stdout)
