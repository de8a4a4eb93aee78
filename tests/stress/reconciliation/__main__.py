"""`make drift ONLY=injected`: rows put wrong behind everybody's back while the application writes, and reconciled.

None may be missed and none found that was not put there: where no writer comes, the audit log has each of them exactly.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence

import psycopg

from denorm_assets.db.control.audit_log import audited_rows
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.sample_data import load_sample
from denorm_assets.db.reconcile.reconcile import reconcile_model
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.reconcile import Reconciled, ReconcileOptions
from denorm_assets.model.system import System
from denorm_assets.systems.gallery import SYSTEM as GALLERY
from denorm_assets.systems.social import SYSTEM as SOCIAL
from denorm_assets.systems.topics import SYSTEM as TOPICS
from tests.bench.temporary_server import temporary_server
from tests.stress.races.drivers import WORKER, ProcessDriver, process_environment
from tests.stress.reconciliation import shapes
from tests.stress.reconciliation.drifts import Drift, Drifter, as_key
from tests.stress.reconciliation.writers import PgBench
from tests.support.live import bring_up, pending_of_models, wrong_rows
from tests.support.reports import Figure, report

_SYSTEMS = (shapes.SYSTEM, TOPICS, SOCIAL, GALLERY)
_DECLARED = (
    "tests.stress.reconciliation.shapes:SYSTEM",
    "denorm_assets.systems.topics:SYSTEM",
    "denorm_assets.systems.social:SYSTEM",
    "denorm_assets.systems.gallery:SYSTEM",
)
_SCALE = {"topics": 8_000, "social": 2_000, "gallery": 100}
# Of the shapes, what no writer touches; nobody writes to the others.
_COLD = {
    "wide": "id < {hot}",
    "by_owner": "owner < {hot} / 50 - 1 OR owner IS NULL",
    "by_uuid": "id < 'f0000000-0000-0000-0000-000000000000'",
    "tagged": "thing_id < {hot}",
}
_WAVES = 10
_HOT_SHARE = 0.2
_EVERYTHING = ReconcileOptions(repair=True, most_rows=1_000_000, most_share=1)


def main() -> int:
    """Do what the command line says; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(prog="make drift ONLY=injected", description=__doc__)
    parser.add_argument("--drifts", type=int, default=10_000)
    parser.add_argument("--rate", type=int, default=600, help="Transactions a second that write to the sources.")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}; repeat with: make drift ONLY=injected ARGS='--seed {arguments.seed}'", flush=True)
    with temporary_server("denorm-injected-") as (home, postgres):
        postgres.ensure_database("denorm")
        url = postgres.url("denorm")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(shapes.CREATE.encode())
        database = Database(url)
        for system in _SYSTEMS:
            if system.example is not None:
                load_sample(database, system, _SCALE[system.name])
            bring_up(database, system)
        worker = ProcessDriver("worker", WORKER, home, process_environment(home, url, _DECLARED))
        worker.start()
        try:
            figures = _Injection(database, url, arguments.seed).run(
                arguments.drifts, PgBench(home, url, arguments.rate)
            )
        finally:
            worker.kill()
            database.close()
    return 0 if report("drift-injected", figures) else 1


class _Injection:
    """Waves of drifts, each followed by a reconciliation of everything."""

    def __init__(self, database: Database, url: str, seed: int) -> None:
        self._database = database
        self._url = url
        self._cold = [self._drifter(system, model, False, seed) for system, model in _keyed()]
        self._hot = [self._drifter(shapes.SYSTEM, model, True, seed) for model in shapes.KEYED]

    def run(self, drifts: int, writers: PgBench) -> list[Figure]:
        """Drift and reconcile; returns the figures."""
        cold: list[Drift] = []
        hot: list[Drift] = []
        found: list[Reconciled] = []
        began = time.monotonic()
        writers.start()
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute("SET session_replication_role = replica")
            for wave in range(_WAVES):
                left = drifts - len(cold) - len(hot)
                this_time = -(-left // (_WAVES - wave))
                hot += _spread(connection, self._hot, round(this_time * _HOT_SHARE))
                cold += _spread(connection, self._cold, this_time - round(this_time * _HOT_SHARE))
                found += self._reconcile()
        seconds = time.monotonic() - began
        written = writers.stop()
        while pending_of_models(self._url):
            time.sleep(0.1)
        # The hot ones that were pending all the time, and then nothing.
        found += self._reconcile()
        last = self._reconcile()
        wrong = sum(sum(wrong_rows(self._url, system).values()) for system in _SYSTEMS)
        drifted = [*cold, *hot]
        return [
            Figure("drifts injected", len(drifted), at_least=drifts),
            *(Figure(f"... {kind}", count) for kind, count in sorted(Counter(d.kind for d in drifted).items())),
            Figure("columns of read models that drifted", len({(d.model, d.column) for d in drifted})),
            Figure("writes a second to the sources meanwhile", written / seconds, at_least=500),
            *self._audited(cold, hot),
            Figure("parts that failed or stayed wrong", sum(len(r.failed) + r.wrong for r in found), at_most=0),
            Figure("rows found once all was quiet and right", sum(r.differing for r in last), at_most=0),
            Figure("rows that differ in the end", wrong, at_most=0),
        ]

    def _reconcile(self) -> list[Reconciled]:
        done: list[Reconciled] = []
        for system in _SYSTEMS:
            for model in system.read_models:
                found = reconcile_model(self._database, system, model, _EVERYTHING)
                if not found.passed or (model.is_view and found.differing):
                    print(f"{found.model}: {found.summary}", flush=True)
                done.append(found)
        return done

    def _audited(self, cold: Sequence[Drift], hot: Sequence[Drift]) -> list[Figure]:
        """What the audit log has beside what was injected."""
        found: Counter[tuple[str, str]] = Counter()
        for system in _SYSTEMS:
            with self._database.session(system.schema) as session:
                for model in system.read_models:
                    rows = audited_rows(session, system, model, at_most=10_000_000)
                    found.update((row["model"], as_key(row["key"] or {})) for row in rows)
        expected = {(drift.model, key) for drift in cold for key in drift.keys}
        allowed = expected | {(drift.model, key) for drift in hot for key in drift.keys}
        for name, key in [*(expected - found.keys())][:5]:
            print(f"missed: {name} {key}", flush=True)
        for name, key in [*(found.keys() - allowed)][:5]:
            print(f"false alarm: {name} {key}", flush=True)
        return [
            Figure(
                "rows put wrong where nobody writes, and not in the audit log", len(expected - found.keys()), at_most=0
            ),
            Figure("... more than once in it", sum(found[each] > 1 for each in expected), at_most=0),
            Figure("rows in the audit log that nobody put wrong", len(found.keys() - allowed), at_most=0),
            Figure("rows in the audit log", found.total()),
        ]

    def _drifter(self, system: System, model: ReadModel, hot: bool, seed: int) -> Drifter:
        with self._database.session(system.schema) as session:
            described = describe(session, system, model)
        cold = "true" if system is not shapes.SYSTEM else _COLD[model.name].format(hot=shapes.HOT)
        return Drifter(described, f"NOT ({cold})" if hot else cold, f"{seed} {model.name} {hot}")


def _keyed() -> list[tuple[System, ReadModel]]:
    return [(system, model) for system in _SYSTEMS for model in system.read_models if not model.is_view]


def _spread(connection: psycopg.Connection[tuple[object, ...]], drifters: Sequence[Drifter], count: int) -> list[Drift]:
    """Drift `count` rows, as evenly among the read models as their rows allow."""
    done: list[Drift] = []
    left = [*drifters]
    while left and len(done) < count:
        share = -(-(count - len(done)) // len(left))
        for drifter in [*left]:
            drifted = drifter.drift(connection, min(share, count - len(done)))
            done += drifted
            if len(drifted) < share:
                left.remove(drifter)
    return done


if __name__ == "__main__":
    sys.exit(main())
