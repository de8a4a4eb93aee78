"""Reconciling `gallery`: a clean scan beside `count(*)`, and ten rows found and repaired beside a clean scan."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from statistics import median
from typing import TypeVar

import psycopg

from denorm_assets.db.postgres.database import Database
from denorm_assets.db.reconcile.reconcile import reconcile_model
from denorm_assets.model.reconcile import Reconciled, ReconcileOptions
from denorm_assets.systems.gallery import SYSTEM
from denorm_assets.systems.gallery.declaration import CONTENT_TAGS
from tests.bench.prepared import prepared
from tests.support.live import one_number, wrong_rows
from tests.support.reports import Figure, report

Done = TypeVar("Done")

SCALE = {"small": 364, "full": 3_640}
ROUNDS = 5
DRIFTED = 10
# Far apart, so that each lies in a range of its own: four are gone, three are another tag's, three do not belong.
_DRIFT = """
SET session_replication_role = replica;
SET search_path = gallery;
CREATE TEMPORARY TABLE ten AS
SELECT *, row_number() OVER (ORDER BY content_source, content_id) AS number FROM (
    SELECT content_source, content_id, tag_id, row_number() OVER (ORDER BY content_source, content_id, tag_id) AS n
    FROM content_tags
) AS numbered WHERE mod(n, (SELECT count(*) / 10 FROM content_tags)) = 1 LIMIT 10;
DELETE FROM content_tags AS t USING ten
WHERE (t.content_source, t.content_id, t.tag_id) = (ten.content_source, ten.content_id, ten.tag_id) AND number <= 4;
UPDATE content_tags AS t SET tag_id = md5(number::text)::uuid FROM ten
WHERE (t.content_source, t.content_id, t.tag_id) = (ten.content_source, ten.content_id, ten.tag_id)
    AND number BETWEEN 5 AND 7;
INSERT INTO content_tags SELECT content_source, content_id, md5(number::text)::uuid FROM ten WHERE number > 7;
"""


def run(size: str) -> bool:
    """Measure; returns whether every goal is met."""
    with prepared(SYSTEM, SCALE[size]) as (database, url), psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE) gallery.content_tags")
        links = one_number(connection, "SELECT count(*) FROM gallery.content_tags")
        counts: list[float] = []
        clean: list[float] = []
        mending: list[float] = []
        faults = 0
        before = _peak_megabytes()
        for _ in range(ROUNDS):
            counts.append(_timed(lambda: one_number(connection, "SELECT count(*) FROM gallery.content_tags"))[0])
            seconds, found = _timed(lambda: _reconcile(database))
            clean.append(seconds)
            faults += found.differing
            with psycopg.connect(url) as other:
                other.execute(_DRIFT)
            seconds, found = _timed(lambda: _reconcile(database))
            mending.append(seconds)
            faults += abs(found.repaired - (DRIFTED + 3))
        grown = _peak_megabytes() - before
        wrong = sum(wrong_rows(url, SYSTEM).values())
    figures = [
        Figure("links", links),
        Figure("count(*)", median(counts), "s"),
        Figure("clean scan of both sides", median(clean), "s"),
        Figure("clean scan beside count(*)", median(clean) / median(counts), "x", at_most=4),
        Figure("ten rows found and repaired, beside a clean scan", median(mending) / median(clean), "x", at_most=2),
        Figure("rows wrongly found, or not", faults, at_most=0),
        Figure("rows that differ in the end", wrong, at_most=0),
        Figure("memory of our process grew by", grown, "MB", at_most=20),
    ]
    return report(f"bench-reconcile-{size}", figures)


def _reconcile(database: Database) -> Reconciled:
    return reconcile_model(database, SYSTEM, CONTENT_TAGS, ReconcileOptions(repair=True))


def _timed(work: Callable[[], Done]) -> tuple[float, Done]:
    began = time.perf_counter()
    done = work()
    return time.perf_counter() - began, done


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
