"""The views of `social` refreshed as a whole, beside the same definitions kept by key: a hundred changes each.

Both have the same name, so that they take turns in time: first all rounds as views, then, switched by an online apply,
all rounds by key.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from statistics import median

import psycopg

from denorm_assets.db.postgres.database import Database
from denorm_assets.db.refresh.refresh_now import refresh_now
from denorm_assets.model.system import System
from denorm_assets.systems.social import SYSTEM
from tests.bench.prepared import prepared
from tests.integration.systems.social_by_key import CAN_BE_KEPT_BY_KEY, KEYED
from tests.support.live import bring_up, wrong_rows
from tests.support.reports import Figure, report

SCALE = {"small": 2_000, "full": 200_000}
ROUNDS = 5
# Every one of the views shows some of these.
_CHANGES = """
UPDATE projects SET title = title || '.'
WHERE id IN (SELECT id FROM projects ORDER BY hashint8extended(id, {n}) LIMIT 100);
UPDATE users SET display_name = display_name || '.'
WHERE id IN (SELECT id FROM users ORDER BY hashint8extended(id, {n}) LIMIT 100);
UPDATE forum_threads SET title = title || '.'
WHERE id IN (SELECT id FROM forum_threads ORDER BY hashint8extended(id, {n}) LIMIT 100);
UPDATE chains SET name = name || '.' WHERE id IN (SELECT id FROM chains ORDER BY hashint8extended(id, {n}) LIMIT 100);
"""


def run(size: str) -> bool:
    """Measure; returns whether both ways hold what the definitions say."""
    with prepared(SYSTEM, SCALE[size]) as (database, url):
        as_views = _refresh_milliseconds(database, url, SYSTEM)
        bring_up(database, KEYED)
        by_key = _refresh_milliseconds(database, url, KEYED)
        kept = [KEYED.read_model(name) for name in CAN_BE_KEPT_BY_KEY]
        wrong = sum(wrong_rows(url, KEYED, kept).values())
        # As it was found: the data are kept for the next run.
        bring_up(database, SYSTEM)
    figures = [
        Figure(
            f"{name}: {as_views[name]:,.0f} ms as a view, {by_key[name]:,.0f} ms by key",
            as_views[name] / by_key[name],
            "x",
        )
        for name in CAN_BE_KEPT_BY_KEY
    ]
    return report(f"bench-kinds-{size}", [*figures, Figure("rows that differ", wrong, at_most=0)])


def _refresh_milliseconds(database: Database, url: str, system: System) -> Mapping[str, float]:
    """Read model -> what a refresh after a hundred changes of each of its sources takes; the median."""
    taken: dict[str, list[float]] = {name: [] for name in CAN_BE_KEPT_BY_KEY}
    for number in range(ROUNDS):
        with psycopg.connect(url, options="-c search_path=social") as connection:
            connection.execute(_CHANGES.format(n=number).encode())
        for name, found in taken.items():
            began = time.perf_counter()
            refresh_now(database, system, system.read_model(name))
            found.append((time.perf_counter() - began) * 1000)
    return {name: median(found) for name, found in taken.items()}
