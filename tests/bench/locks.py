"""How long the application's statements wait for our schema work, and whether any of them fails.

Writers measure each of their statements at the client, alone first, and then while a process of its own applies, loads,
changes definitions, reconciles and uninstalls.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import psycopg

from denorm_assets.db.apply.apply import apply_system
from denorm_assets.db.apply.uninstall import uninstall
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.sample_data import load_sample
from denorm_assets.db.reconcile.reconcile import reconcile_model
from denorm_assets.db.refresh.refresh_now import refresh_now
from denorm_assets.model.reconcile import ReconcileOptions
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import System
from denorm_assets.settings import LOCK_BOUND_MS
from denorm_assets.systems.topics import SYSTEM as TOPICS
from tests.bench.temporary_server import temporary_server
from tests.bench.waits import Measured, Statements, beyond_ms, measure
from tests.support.live import AGREED, bring_up, wrong_rows
from tests.support.reports import Figure, report

ENTRIES = {"small": 20_000, "full": 300_000}
SECONDS = {"small": 8.0, "full": 30.0}
_TEXTS = (
    "INSERT INTO topics.entries (title, tags, published_at) VALUES ('new', 'Horacio Cartes', now())",
    "UPDATE topics.entries SET tags = 'Santiago Peña, Horacio Cartes' WHERE id = %(id)s",
    "UPDATE topics.entries SET title = 'changed' WHERE id = %(id)s",
    "DELETE FROM topics.entries WHERE id = %(id)s",
    "SELECT count(*) FROM topics.entries WHERE id BETWEEN %(id)s AND %(id)s + 10",
)


STATEMENTS = Statements(_TEXTS, lambda number: {"id": number % 15_000 + 1})


def load(database: Database, system: System) -> None:
    """Bring the system up."""
    bring_up(database, system)


def apply(database: Database, system: System) -> None:
    """Apply the system as it is now."""
    apply_system(database, system, AGREED)


def repair(database: Database, system: System) -> None:
    options = ReconcileOptions(repair=True, most_rows=10_000_000, most_share=1)
    for model in system.read_models:
        found = reconcile_model(database, system, model, options)
        assert found.passed, found.summary


def remove(database: Database, system: System) -> None:
    """Uninstall."""
    uninstall(database, system)


def run(size: str) -> bool:
    """Measure; returns whether all goals are met."""
    with temporary_server("denorm-locks-") as (_, postgres), tempfile.TemporaryDirectory() as folder:
        postgres.ensure_database("topics")
        url = postgres.url("topics")
        database = Database(url)
        load_sample(database, TOPICS, ENTRIES[size])
        database.close()
        versions = _versions(Path(folder))
        alone = measure(url, STATEMENTS, SECONDS[size], None)
        found: dict[str, Measured] = {}
        wrong: dict[str, int] = {}
        for title, work, version in (
            ("apply and backfill", load, "as shipped"),
            ("a definition of the same columns", apply, "fewer rows"),
            ("a definition with a column more", apply, "a column more"),
            ("a definition with a column retyped", apply, "a column retyped"),
            ("reconciling, a tenth of the rows wrong", repair, "a column retyped"),
            ("uninstall", remove, "a column retyped"),
        ):
            if work is repair:
                _put_wrong(url)
            if work is remove:
                wrong = _settle(url, versions[version])
            found[title] = measure(url, STATEMENTS, 0.0, (work, versions[version]))
    figures = [
        Figure("writers alone: statements", alone.statements),
        Figure("writers alone: longest statement", alone.longest_ms, "ms"),
        *(
            Figure(f"{title}: longest statement, beyond that", beyond_ms(each, alone), "ms", at_most=LOCK_BOUND_MS)
            for title, each in found.items()
        ),
        Figure("statements that failed", sum(len(each.errors) for each in (alone, *found.values())), at_most=0),
        Figure("rows wrong in the end", sum(wrong.values()), at_most=0),
    ]
    details = {title: each.details() for title, each in {"alone": alone, **found}.items()}
    return report(f"bench-locks-{size}", figures, details)


def _settle(url: str, system: System) -> dict[str, int]:
    """Rows that are wrong once nobody writes any more and all is refreshed."""
    database = Database(url)
    bring_up(database, system)
    for model in system.read_models:
        refresh_now(database, system, model)
    database.close()
    return wrong_rows(url, system)


def _versions(folder: Path) -> Mapping[str, System]:
    text = TOPICS.read_model("entry_topics").definition.text
    texts = {
        "as shipped": text,
        "fewer rows": f"{text}\nWHERE e.id % 7 <> 0",
        "a column more": text.replace("e.published_at", "e.published_at, e.title"),
        "a column retyped": text.replace("e.published_at", "e.published_at::date AS published_at"),
    }
    return {name: _version(folder / f"{number}.sql", each) for number, (name, each) in enumerate(texts.items())}


def _version(path: Path, text: str) -> System:
    path.write_text(text)
    [phase] = TOPICS.phases
    first, *others = phase.read_models
    changed = replace(phase, read_models=(replace(first, definition=SqlFile(path)), *others))
    # Its tables cannot be pickled, and nobody asks for them.
    return replace(TOPICS, phases=(changed,), example=None, cutover=None)


def _put_wrong(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("DELETE FROM topics.entry_topics WHERE entry_id % 10 = 0")
