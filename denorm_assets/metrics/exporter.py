"""The worker's metrics: what it did, counted as it happens, and what the database holds, looked up at each scrape."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager

import psycopg
from prometheus_client import CollectorRegistry, Counter, Histogram, Info, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from denorm_assets.db.health.observed import Observed, observe
from denorm_assets.db.postgres.application_name import RELEASE
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.refresh.refreshed import Refreshed
from denorm_assets.errors import ConfigurationError, DenormError
from denorm_assets.model.system import System

_BY_MODEL = ("read_model",)
_BUCKETS = (0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0, 600.0)
_TIMEOUTS = {"statement_timeout": "5s", "lock_timeout": "1s"}
"""Prometheus gives a scrape ten seconds by default."""


class Metrics:
    """The metrics of a worker over some systems."""

    def __init__(self, database: Database, systems: Sequence[System]) -> None:
        self.registry = CollectorRegistry()
        Info("denorm", "The release of denorm-assets.", registry=self.registry).info({"release": RELEASE})
        self._refreshes = self._counter("denorm_refreshes", "Refreshes that succeeded.")
        self._failures = self._counter("denorm_refresh_failures", "Refreshes that failed; each is retried.")
        self._anchors = self._counter("denorm_anchors_recomputed", "Anchors whose rows were recomputed.")
        self._written = self._counter("denorm_rows_written", "Rows that refreshes inserted or updated.")
        self._removed = self._counter("denorm_rows_removed", "Rows that refreshes deleted.")
        help_ = "How long refreshes took that succeeded."
        self._seconds = Histogram(
            "denorm_refresh_duration_seconds", help_, _BY_MODEL, buckets=_BUCKETS, registry=self.registry
        )
        self.registry.register(_Looking(database, systems))
        for name in (f"{system.name}/{model.name}" for system in systems for model in system.read_models):
            # A counter that appears with its first increment hides that one from rate().
            for each in (self._refreshes, self._failures, self._anchors, self._written, self._removed, self._seconds):
                each.labels(name)

    def add(self, refreshes: Sequence[Refreshed]) -> None:
        """Count what came of a look."""
        for refreshed in refreshes:
            name, done = refreshed.full_name, refreshed.drained
            if refreshed.error is not None:
                self._failures.labels(name).inc()
            elif done is not None:
                self._refreshes.labels(name).inc()
                self._anchors.labels(name).inc(done.anchors or 0)
                self._written.labels(name).inc(done.rows_written)
                self._removed.labels(name).inc(done.rows_removed)
                if refreshed.seconds is not None:
                    self._seconds.labels(name).observe(refreshed.seconds)

    @contextmanager
    def served(self, port: int, address: str) -> Generator[int]:
        """Answer scrapes for the block; yields the port, which is a free one where `port` is 0.

        Raises ConfigurationError where the port cannot be had.
        """
        try:
            server, thread = start_http_server(port, address, self.registry)
        except OSError as error:
            raise ConfigurationError(
                f"metrics cannot be served at {address}:{port} ({error.strerror}). Choose another --metrics-port or "
                "--metrics-address"
            ) from error
        try:
            yield server.server_port
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def _counter(self, name: str, help_: str) -> Counter:
        return Counter(name, help_, _BY_MODEL, registry=self.registry)


class _Looking(Collector):
    """Looks at the database when somebody asks."""

    def __init__(self, database: Database, systems: Sequence[System]) -> None:
        self._database, self._systems = database, systems

    def describe(self) -> list[Metric]:
        """Nothing: else registering would look at a database that may not answer yet."""
        return []

    def collect(self) -> Iterator[Metric]:
        """What the database holds; without an answer, only that there is none."""
        found: Observed | None
        try:
            with self._database.session() as session:
                session.set_session(**_TIMEOUTS)
                found = observe(session, self._systems)
        except (DenormError, psycopg.Error):
            found = None
        yield _one("denorm_database_up", "Whether the database answered.", float(found is not None))
        if found is not None:
            yield from _of_models(found)
            yield from _of_log(found)


def _of_models(found: Observed) -> Iterator[Metric]:
    live = GaugeMetricFamily("denorm_read_model_live", "Whether it is kept fresh.", labels=_BY_MODEL)
    pending = GaugeMetricFamily("denorm_pending_changes", "Changes that it does not show yet.", labels=_BY_MODEL)
    stale = GaugeMetricFamily(
        "denorm_staleness_seconds", "How long the oldest pending change has waited.", labels=_BY_MODEL
    )
    held = GaugeMetricFamily("denorm_quarantined_anchors", "Anchors whose rows cannot be computed.", labels=_BY_MODEL)
    for model in found.models:
        for family, value in (
            (live, model.live),
            (pending, model.pending),
            (stale, model.staleness),
            (held, model.quarantined),
        ):
            family.add_metric([model.full_name], float(value))
    yield from (live, pending, stale, held)


def _of_log(found: Observed) -> Iterator[Metric]:
    if found.log_bytes is not None:
        yield _one("denorm_change_log_bytes", "Size of the change log with what is pending.", found.log_bytes)
        yield _one("denorm_change_log_full", "Whether changes are not logged.", float(found.log_full))
    if found.log_limit is not None:
        yield _one("denorm_change_log_limit_bytes", "Size at which logging stops.", found.log_limit)


def _one(name: str, help_: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help_, value=value)
