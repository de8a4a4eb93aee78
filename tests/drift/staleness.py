"""How long changes wait until read models show them, looked at again and again."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence
from statistics import quantiles

import psycopg

from denorm_assets.model.system import System
from tests.reports import Figure

_LOOK_SECONDS = 0.5
# Both what is in the change log still and what is already known to be stale.
_LAGS = """
SELECT m.system, m.name, coalesce(extract(epoch FROM clock_timestamp() - min(waiting.at)), 0)::float8
FROM denorm.read_model AS m
LEFT JOIN (
    SELECT p.model_id, p.first_changed_at AS at FROM denorm.pending AS p
    UNION ALL
    SELECT d.model_id, l.logged_at FROM denorm.change_log AS l JOIN denorm.dependency AS d ON d.source_id = l.source_id
) AS waiting ON waiting.model_id = m.id
GROUP BY m.system, m.name
"""


class Staleness:
    """The age of the oldest change that a read model does not show, as a reader finds it at any moment."""

    def __init__(self, url: str, systems: Sequence[System]) -> None:
        self._url = url
        self._systems = systems
        self._ages: defaultdict[tuple[str, str], list[float]] = defaultdict(list)

    def watch(self, stop: threading.Event) -> None:
        """Look until `stop`."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not stop.wait(_LOOK_SECONDS):
                for system, model, age in connection.execute(_LAGS):
                    self._ages[system, model].append(age)

    def figures(self) -> list[Figure]:
        """Of each system's views and tables: the age that 95 of 100 looks find at most, and the greatest."""
        found: list[Figure] = []
        for system in self._systems:
            for kind, is_view in (("views", True), ("tables", False)):
                names = [model.name for model in system.read_models if model.is_view is is_view]
                ages = [age for name in names for age in self._ages[system.name, name]]
                if ages:
                    found += [
                        Figure(f"{system.name}: staleness of {kind}, p95", quantiles(ages, n=100)[94], "s"),
                        Figure(f"{system.name}: staleness of {kind}, greatest", max(ages), "s"),
                    ]
        return found


def pending(url: str) -> int:
    """How many changes are not shown yet."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM denorm.change_log) + (SELECT count(*) FROM denorm.pending)"
        ).fetchone()
    assert row is not None, "an aggregate yields one row"
    return int(row[0])
