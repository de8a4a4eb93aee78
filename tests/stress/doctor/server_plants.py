"""Troubles of the server, of what stands before it, and of its settings."""

from __future__ import annotations

from denorm_assets.db.doctor.patient import Limits
from tests.stress.doctor.plant import Hand, plant
from tests.stress.doctor.ward import APPLICATION, OWNER, Bed
from tests.support.pooler import running_pgbouncer

_DIRECTLY = {"stats_users": OWNER}


def _behind_pooler(bed: Bed, *, mode: str = "transaction", most: int = 8, **settings: str) -> None:
    pooler = running_pgbouncer(bed.server, mode=mode, most=most, logins=bed.logins, settings={**_DIRECTLY, **settings})
    bed.through(bed.enter(pooler).url(bed.shell.url))


@plant("statement_pooling", "pool_mode = transaction")
def statements_are_pooled(bed: Bed) -> Hand:
    """PgBouncer gives each statement to any of its sessions."""
    _behind_pooler(bed, mode="statement")
    return lambda: _behind_pooler(bed)


@plant("idle_transaction_timeout", "idle_transaction_timeout = 0")
def pooler_ends_idle_transactions(bed: Bed) -> Hand:
    """PgBouncer closes the transactions that hold locks of ours."""
    _behind_pooler(bed, idle_transaction_timeout="60")
    return lambda: _behind_pooler(bed)


@plant("query_timeout", "query_timeout = 0")
def pooler_cuts_off_statements(bed: Bed) -> Hand:
    """PgBouncer cuts off what takes a minute."""
    _behind_pooler(bed, query_timeout="60")
    return lambda: bed.through(None)


@plant("small_pool", r"default_pool_size = \d+")
def pool_is_too_small(bed: Bed) -> Hand:
    """PgBouncer has two sessions for us."""
    _behind_pooler(bed, most=2)
    return lambda: _behind_pooler(bed)


@plant("autovacuum_off", r"ALTER SYSTEM SET autovacuum = on;\nSELECT pg_reload_conf\(\);")
def autovacuum_is_off(bed: Bed) -> None:
    """The server runs no autovacuum."""
    bed.configure("ALTER SYSTEM SET autovacuum = off")


@plant("track_counts_off", r"ALTER DATABASE \w+ RESET track_counts;")
def rows_are_not_counted(bed: Bed) -> None:
    """The database does not count changed rows."""
    bed.run(f"ALTER DATABASE {bed.database} SET track_counts = off")


@plant("isolation", r"ALTER DATABASE \w+ RESET default_transaction_isolation;")
def transactions_are_serializable(bed: Bed) -> None:
    """Writing transactions do not recompute `Realtime` read models."""
    bed.run(f"ALTER DATABASE {bed.database} SET default_transaction_isolation = 'serializable'")


@plant("short_timeout", "export DENORM_LOCK_BOUND_MS=50$")
def application_waits_for_nothing(bed: Bed) -> None:
    """Statements of the application are cancelled sooner than `apply` yields."""
    bed.run(f"ALTER ROLE {APPLICATION} SET lock_timeout = '100ms'")


@plant("few_connections", r'ALTER ROLE "denorm_owner" CONNECTION LIMIT \d+;')
def connections_run_out(bed: Bed) -> None:
    """The product's role may have four connections."""
    bed.run(f"ALTER ROLE {OWNER} CONNECTION LIMIT 4")


@plant("no_synchronous_standby", r"ALTER SYSTEM RESET synchronous_standby_names;")
def commits_wait_for_nobody(bed: Bed) -> None:
    """Each commit waits for a standby that is not there."""
    bed.run(f"ALTER DATABASE {bed.database} SET synchronous_commit = on")
    bed.configure("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")


@plant("wraparound", r"VACUUM \(FREEZE\);", Limits(frozen_age=2_000))
def rows_are_not_frozen(bed: Bed) -> None:
    """The oldest rows are many transactions old."""
    bed.run("DO $$ BEGIN FOR i IN 1..3000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$")


@plant("collation", r'REINDEX DATABASE "\w+";\nALTER DATABASE "\w+" REFRESH COLLATION VERSION;')
def texts_are_sorted_otherwise(bed: Bed) -> None:
    """The indexes were built by another version of the collation."""
    bed.run(f"UPDATE pg_database SET datcollversion = '0' WHERE datname = '{bed.database}'")


@plant("idle_slot", r"SELECT pg_drop_replication_slot\('\w+'\);", Limits(slot_seconds=0.0))
def nobody_reads_a_slot(bed: Bed) -> None:
    """A replication slot keeps write-ahead log for a reader that is gone."""
    bed.value(f"SELECT pg_create_logical_replication_slot('{bed.database}', 'pgoutput')")


@plant("temporary_files", r"SELECT pg_terminate_backend\(\d+\);", Limits(temporary_bytes=100_000))
def a_sort_fills_the_disk(bed: Bed) -> None:
    """A statement writes temporary files."""
    bed.hold(
        "SET work_mem = '64kB'",
        "BEGIN",
        "DECLARE sorted CURSOR FOR SELECT repeat('x', 200) FROM generate_series(1, 20000) AS n ORDER BY md5(n::text)",
        "FETCH 1 FROM sorted",
    )


@plant("long_transaction", r"SELECT pg_terminate_backend\(\d+\);\nALTER ROLE .* SET idle_in_transaction", Limits(0.0))
def a_transaction_stays_open(bed: Bed) -> None:
    """A session of the application is idle in a transaction that wrote."""
    bed.hold("BEGIN", "UPDATE app.people SET name = name WHERE id = 1")


@plant("prepared_transaction", r"ROLLBACK PREPARED 'it''s lost';", Limits(0.0))
def a_prepared_transaction_is_lost(bed: Bed) -> None:
    """Nobody ends a prepared transaction."""
    bed.run("BEGIN; SELECT pg_current_xact_id(); PREPARE TRANSACTION 'it''s lost'")
