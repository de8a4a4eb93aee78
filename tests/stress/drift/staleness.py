"""How long changes wait until read models show them, looked at again and again."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence
from statistics import quantiles

import psycopg

from denorm_assets.model.system import System
from tests.support.reports import Figure

_LOOK_SECONDS = 0.5
_AGES = """
SELECT view_name,
    CASE status WHEN 'pending' THEN extract(epoch FROM clock_timestamp() - refresh_requested_at) ELSE 0 END::float8
FROM denorm.mv_refresh_queue
"""


class Staleness:
    """The age of the oldest change that a read model does not show, as a reader finds it at any moment."""

    def __init__(self, url: str, systems: Sequence[System]) -> None:
        self._url = url
        self._systems = systems
        self._ages: defaultdict[str, list[float]] = defaultdict(list)

    def watch(self, stop: threading.Event) -> None:
        """Look until `stop`."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not stop.wait(_LOOK_SECONDS):
                for view, age in connection.execute(_AGES):
                    self._ages[view].append(age)

    def figures(self) -> list[Figure]:
        """Of each system's views and tables: the age that 95 of 100 looks find at most, and the greatest."""
        found: list[Figure] = []
        for system in self._systems:
            for kind, is_view in (("views", True), ("tables", False)):
                names = [model.name for model in system.read_models if model.is_view is is_view]
                ages = [age for name in names for age in self._ages[f"{system.name}/{name}"]]
                if ages:
                    found += [
                        Figure(f"{system.name}: staleness of {kind}, p95", quantiles(ages, n=100)[94], "s"),
                        Figure(f"{system.name}: staleness of {kind}, greatest", max(ages), "s"),
                    ]
        return found
