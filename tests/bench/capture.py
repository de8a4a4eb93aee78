"""What capture costs the application's writers: throughput with it beside throughput without, interleaved."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import psycopg
from psycopg import sql

from denorm_assets.db.apply.create_tables import create_tables
from denorm_assets.db.capture.install import install_capture
from denorm_assets.db.control.registry import registration
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.introspection.sources import model_sources
from denorm_assets.db.postgres.database import Database
from denorm_assets.embedded.postgres_binaries import find_binaries
from denorm_assets.embedded.server_user import server_user
from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, System
from tests.bench.servers import HOME, bench_server, libpq_environment
from tests.support.reports import Figure, report

PAIRS = 7
SECONDS = {"small": 2, "full": 5}

_SCHEMA = """
DROP SCHEMA IF EXISTS denorm CASCADE;
DROP SCHEMA IF EXISTS capture CASCADE;
CREATE SCHEMA capture;
CREATE TABLE capture.users (id bigint PRIMARY KEY, name text NOT NULL);
INSERT INTO capture.users SELECT n, 'user ' || n FROM generate_series(1, 1000) AS n;
CREATE TABLE capture.plain (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id bigint, kind int, note text);
CREATE TABLE capture.votes (LIKE capture.plain INCLUDING ALL);
CREATE TABLE capture.thrice (LIKE capture.plain INCLUDING ALL);
CREATE INDEX ON capture.plain (user_id);
CREATE INDEX ON capture.votes (user_id);
CREATE INDEX ON capture.thrice (user_id);
CREATE TABLE capture.by_hand (LIKE capture.plain INCLUDING ALL);
CREATE TABLE capture.hand_log (user_id text, at timestamptz);
CREATE FUNCTION capture.log_by_hand() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO capture.hand_log SELECT user_id::text, clock_timestamp() FROM new_rows; RETURN NULL;
END $$;
CREATE TRIGGER log_by_hand AFTER INSERT ON capture.by_hand REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION capture.log_by_hand();
"""

_DEFINITION = """SELECT u.id AS user_id, {measure} AS measure
FROM users AS u LEFT JOIN {table} AS v ON v.user_id = u.id GROUP BY u.id"""


def run(size: str) -> bool:
    """Measure; returns whether all goals are met."""
    with bench_server() as postgres, tempfile.TemporaryDirectory() as folder:
        postgres.ensure_database("capture")
        url = postgres.url("capture")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(_SCHEMA)
        _install(url, Path(folder))
        seconds = SECONDS[size]
        spread = _pairs(lambda table: _throughput(url, table, 1_000, 1, seconds), "votes", "plain")
        hot = _pairs(lambda table: _throughput(url, table, 10, 8, seconds), "votes", "plain")
        by_hand = _pairs(lambda table: _throughput(url, table, 10, 8, seconds), "by_hand", "plain")
        updates = _pairs(lambda table: _updates(url, table, seconds), "votes", "plain")
        bulk = _pairs(lambda table: _bulk_seconds(url, table), "votes", "plain")
        thrice = _pairs(lambda table: _bulk_seconds(url, table), "thrice", "votes")
    return report(
        f"bench-capture-{size}",
        [
            Figure("two-row inserts over 1,000 anchors, throughput", spread, "x", at_least=0.6),
            Figure("ten hot anchors, 8 clients, throughput", hot, "x", at_least=0.9),
            Figure("the same with the shortest trigger that logs these rows, throughput", by_hand, "x"),
            Figure("updates of one row that move it, 8 clients, throughput", updates, "x"),
            Figure("a 10,000-row statement, time", bulk, "x", at_most=1.3),
            Figure("three read models on one source against one, time", thrice, "x", at_most=1.3),
        ],
    )


def _install(url: str, folder: Path) -> None:
    models = [_model(folder, "per_user", "votes", "count(v.id)")]
    models += [
        _model(folder, f"thrice_{position}", "thrice", measure)
        for position, measure in enumerate(("count(v.id)", "sum(v.kind)", "max(v.note)"))
    ]
    system = System("capture", "capture", (Phase("phase_1", tuple(models)),))
    database = Database(url)
    create_tables(database, system, system.read_models)
    for model in system.read_models:
        with database.session(system.schema) as session:
            described = describe(session, system, model)
            sources = model_sources(session, described)
            install_capture(session, described, sources, registration(session, system, model).model_id)
    database.close()


def _model(folder: Path, name: str, table: str, measure: str) -> ReadModel:
    path = folder / f"{name}.sql"
    path.write_text(_DEFINITION.format(measure=measure, table=table))
    return ReadModel(name=name, definition=SqlFile(path), key=("user_id",), backfill=IdRanges("users.id"))


def _pairs(measure: Callable[[str], float], ours: str, theirs: str) -> float:
    """Median of interleaved ratios; they take turns at going first, lest a machine that slows down favours one."""
    for table in (ours, theirs):
        measure(table)
    ratios: list[float] = []
    for position in range(PAIRS):
        found = {table: measure(table) for table in ((ours, theirs) if position % 2 else (theirs, ours))}
        ratios.append(found[ours] / found[theirs])
    return median(ratios)


def _throughput(url: str, table: str, anchors: int, clients: int, seconds: int) -> float:
    """Transactions a second of two-row inserts."""
    _empty(url, table)
    return _pgbench(
        url,
        f"\\set a random(1, {anchors})\n\\set b random(1, {anchors})\n"
        f"INSERT INTO capture.{table} (user_id, kind, note) VALUES (:a, 1, 'first'), (:b, 2, 'second');\n",
        clients,
        seconds,
    )


def _updates(url: str, table: str, seconds: int) -> float:
    """Transactions a second of updates of one row each, by its key."""
    _empty(url, table)
    _bulk(url, table)
    return _pgbench(
        url,
        "\\set id random(1, 10000)\n\\set user random(1, 1000)\n"
        f"UPDATE capture.{table} SET user_id = :user WHERE id = :id;\n",
        8,
        seconds,
    )


def _pgbench(url: str, text: str, clients: int, seconds: int) -> float:
    script = HOME / "script.sql"
    script.write_text(text)
    output = subprocess.run(
        [
            find_binaries(None, server_user()).folder / "pgbench",
            *("-n", "-f", script, "-c", str(clients), "-j", "1", "-T", str(seconds), "-M", "prepared"),
        ],
        env=libpq_environment(url),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    line = next(line for line in output.splitlines() if line.startswith("tps"))
    return float(line.split()[2])


def _bulk_seconds(url: str, table: str) -> float:
    _empty(url, table)
    return _bulk(url, table)


def _bulk(url: str, table: str) -> float:
    """Insert 10,000 rows; returns how long it took."""
    with psycopg.connect(url, autocommit=True) as connection:
        began = time.perf_counter()
        connection.execute(
            sql.SQL(
                "INSERT INTO {} (user_id, kind, note) "
                "SELECT n % 1000 + 1, n, 'bulk ' || n FROM generate_series(1, 10000) AS n"
            ).format(sql.Identifier("capture", table))
        )
        return time.perf_counter() - began


def _empty(url: str, table: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(sql.Identifier("capture", table)))
        connection.execute("TRUNCATE denorm.change_log")
        connection.execute("CHECKPOINT")
