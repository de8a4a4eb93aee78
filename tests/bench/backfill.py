"""Backfill through Dagster against one hand-written INSERT ... SELECT of the same definition.

Both end with the same finished table: primary key, two indexes, two validated foreign keys. The hand-written one
inserts into the finished table, as people do; ours loads first and builds the rest afterwards.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import LiteralString

import psycopg

from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.sample_data import load_sample
from denorm_assets.embedded.postgres import EmbeddedPostgres
from denorm_assets.systems.topics import SYSTEM
from denorm_assets.systems.topics.declaration import ENTRY_TOPICS
from tests.bench.servers import HOME, bench_server
from tests.support.reports import Figure, report

SCALES = {"small": 100_000, "full": 1_700_000}
PAIRS = {"small": 3, "full": 3}


def run(size: str) -> bool:
    """Measure; returns whether both goals are met."""
    with bench_server() as postgres:
        source = _loaded_database(postgres, SCALES[size])
        dagster_home = _dagster_home(postgres)
        pairs = [_pair(postgres, source, dagster_home) for _ in range(PAIRS[size])]
    rows = pairs[0]["rows"]
    return report(
        f"bench-backfill-{size}",
        [
            Figure("entries", SCALES[size]),
            Figure("links", rows),
            Figure("hand-written INSERT ... SELECT", median(pair["naive"] for pair in pairs), "s"),
            Figure("the same without foreign keys", median(pair["naive_without_keys"] for pair in pairs), "s"),
            Figure("ours, SQL time", median(pair["sql"] for pair in pairs), "s"),
            Figure("ours, launch to compared and indexed", median(pair["launch"] for pair in pairs), "s"),
            Figure("SQL time ratio", median(pair["sql"] / pair["naive"] for pair in pairs), "x", at_most=1.1),
            Figure("launch ratio", median(pair["launch"] / pair["naive"] for pair in pairs), "x", at_most=1.5),
            Figure(
                "SQL time ratio, without foreign keys",
                median(pair["sql"] / pair["naive_without_keys"] for pair in pairs),
                "x",
            ),
        ],
        pairs,
    )


def _loaded_database(postgres: EmbeddedPostgres, scale: int) -> str:
    name = f"topics_{scale}"
    postgres.ensure_database(name)
    database = Database(postgres.url(name))
    load_sample(database, SYSTEM, scale)
    database.close()
    return name


def _dagster_home(postgres: EmbeddedPostgres) -> Path:
    postgres.ensure_database("dagster")
    home = HOME / "dagster"
    home.mkdir(exist_ok=True)
    shutil.copyfile("dagster.yaml", home / "dagster.yaml")
    return home


def _pair(postgres: EmbeddedPostgres, source: str, dagster_home: Path) -> dict[str, float]:
    url = postgres.url(source)
    naive = _hand_written(url, foreign_keys=True)
    naive_without_keys = _hand_written(url, foreign_keys=False)
    environment = {
        **os.environ,
        "DENORM_DATABASE_URL": url,
        "DENORM_DAGSTER_URL": postgres.url("dagster"),
        "DAGSTER_HOME": str(dagster_home),
    }
    _take_away(url)
    _dagster(environment, "job", "execute", "-j", "topics_setup")
    first, last = _ends_of_ranges(url)
    _statistics(url, "SELECT pg_stat_statements_reset()")
    began = time.monotonic()
    _dagster(
        environment,
        *("asset", "materialize", "--select", 'key:"topics/entry_topics"'),
        *("--partition-range", f"{first}...{last}"),
        *("--config-json", json.dumps({"ops": {"topics__entry_topics": {"config": {"pause": 0.0}}}})),
    )
    _dagster(environment, "asset", "materialize", "--select", 'key:"topics/entry_topics_indexes"')
    launch = time.monotonic() - began
    sql_seconds = _statistics(
        url,
        "SELECT sum(total_exec_time) / 1000 FROM pg_stat_statements AS s "
        "JOIN pg_database AS d ON d.oid = s.dbid WHERE d.datname = current_database()",
    )
    rows = _statistics(url, "SELECT count(*) FROM topics.entry_topics")
    return {
        "rows": rows,
        "naive": naive,
        "naive_without_keys": naive_without_keys,
        "sql": sql_seconds,
        "launch": launch,
    }


def _dagster(environment: dict[str, str], *arguments: str) -> None:
    """Run a `dagster` command on our definitions, away from any .env; its output is shown where it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "dagster", *arguments, "-m", "denorm_assets.definitions"],
        env=environment,
        cwd=HOME,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"dagster {' '.join(arguments)} failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")


def _take_away(url: str) -> None:
    """Make the database as if nothing of ours had ever been in it."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS denorm CASCADE")
        connection.execute("DROP TABLE IF EXISTS topics.entry_topics, topics.entry_title_topics")
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        connection.execute("CHECKPOINT")


def _ends_of_ranges(url: str) -> tuple[str, str]:
    with psycopg.connect(url) as connection:
        keys = [row[0] for row in connection.execute("SELECT key FROM denorm.id_range ORDER BY position = 0, position")]
    return keys[0], keys[-1]


def _statistics(url: str, statement: LiteralString) -> float:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(statement).fetchone()
    assert row is not None, "an aggregate yields one row"
    return float(row[0]) if isinstance(row[0], int | float) else 0.0


def _hand_written(url: str, *, foreign_keys: bool) -> float:
    """Seconds of one INSERT ... SELECT into a finished table."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET search_path = topics; DROP TABLE IF EXISTS hand_written")
        connection.execute(
            "CREATE TABLE hand_written (entry_id bigint, topic_id bigint, published_at timestamptz NOT NULL,"
            " PRIMARY KEY (entry_id, topic_id))"
        )
        connection.execute("CREATE UNIQUE INDEX ON hand_written (topic_id, entry_id)")
        connection.execute("CREATE INDEX ON hand_written (topic_id, published_at DESC, entry_id DESC)")
        if foreign_keys:
            connection.execute("ALTER TABLE hand_written ADD FOREIGN KEY (entry_id) REFERENCES entries (id)")
            connection.execute("ALTER TABLE hand_written ADD FOREIGN KEY (topic_id) REFERENCES topics (id)")
        began = time.monotonic()
        connection.execute(f"INSERT INTO hand_written {ENTRY_TOPICS.definition.text}".encode())
        seconds = time.monotonic() - began
        connection.execute("DROP TABLE hand_written; CHECKPOINT")
    return seconds
