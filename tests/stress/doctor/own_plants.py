"""Troubles of what denorm-assets itself made: the control schema, the log, read models, the worker, releases."""

from __future__ import annotations

import os
import signal
import time

from denorm_assets.db.control.heartbeat import FRESH_SECONDS
from denorm_assets.db.doctor.patient import Limits
from denorm_assets.model.index import Index
from tests.stress.doctor.plant import Hand, plant
from tests.stress.doctor.ward import APPLICATION, OWNER, Bed, wait_until


@plant("control_schema", "pip install --upgrade denorm-assets")
def a_later_release_migrated(bed: Bed) -> Hand:
    """The control schema is of a later release."""
    bed.run("INSERT INTO denorm.migration (version, name) VALUES (999, 'later')")
    return lambda: bed.run("DELETE FROM denorm.migration WHERE version = 999")


@plant("other_release", r"pip install denorm-assets==\d+\.\d+")
def an_earlier_release_runs(bed: Bed) -> Hand:
    """A worker of an earlier release is connected."""
    return bed.hold(role=OWNER, application_name="denorm_assets 0.0.1 shell").close


@plant("superseded", "deploy the declaration that was applied last")
def a_later_declaration_was_applied(bed: Bed) -> Hand:
    """Somebody else applied a later declaration."""
    earlier, later = bed.systems[0], bed.with_cards(indexes=(Index("note"),))
    bed.declare(later)
    bed.must("apply")
    bed.systems = (earlier,)
    return lambda: bed.declare(later)


@plant("not_applied", "denorm-assets apply")
def a_declaration_is_not_applied(bed: Bed) -> None:
    """A definition was changed, and nobody ran `apply`."""
    [system] = bed.systems
    definition = system.read_models[0].definition.path
    definition.write_text(f"{definition.read_text()} WHERE o.amount >= 0", encoding="utf-8")
    bed.declare(system)


@plant("extension", 'CREATE EXTENSION "pg_trgm";', beside=["missing_object"])
def an_extension_is_missing(bed: Bed) -> None:
    """A declared index needs an operator class that is not there."""
    bed.declare(bed.with_cards(indexes=(Index("note gin_trgm_ops", using="gin"),)))


@plant("not_loaded", "denorm-assets backfill shop/order_notes")
def ranges_are_not_loaded(bed: Bed) -> None:
    """A read model was created, and not backfilled."""
    bed.declare(bed.with_model("order_notes", "SELECT id, note FROM orders"))
    bed.must("apply")


@plant("not_fresh", "denorm-assets refresh shop/order_shares")
def a_row_cannot_be_computed(bed: Bed) -> Hand:
    """A division by zero keeps a row in quarantine."""
    bed.declare(bed.with_model("order_shares", "SELECT id, 100 / (amount + 1) AS share FROM orders"))
    bed.must("apply")
    bed.must("backfill", "shop/order_shares")
    bed.run("UPDATE app.orders SET amount = -1 WHERE id = 5", role=APPLICATION)
    bed.shell.run("refresh", "shop/order_shares")
    return lambda: bed.run("UPDATE app.orders SET amount = 1 WHERE id = 5", role=APPLICATION)


@plant("log_full", "denorm-assets refresh")
def the_log_is_full(bed: Bed) -> None:
    """A statement changed more rows than the log may hold."""
    bed.run(
        "UPDATE denorm.log_limit SET bytes = 200000",
        "SELECT setval('denorm.log_room', rows) FROM denorm.log_limit",
        "INSERT INTO app.people SELECT n, 'person ' || n FROM generate_series(1001, 3001) AS n",
    )


@plant("autovacuum_off", r'ALTER TABLE "denorm"."change_log" RESET \(autovacuum_enabled\);')
def the_log_is_not_vacuumed(bed: Bed) -> None:
    """Autovacuum is off for the change log."""
    bed.run("ALTER TABLE denorm.change_log SET (autovacuum_enabled = off)")


@plant("dead_rows", r'VACUUM \(ANALYZE\) "denorm"."change_log";', Limits(dead_rows_of_queue=10_000))
def the_log_is_bloated(bed: Bed) -> None:
    """The change log holds dead rows that VACUUM would remove."""
    bed.run(
        "INSERT INTO denorm.change_log (source_id, image) SELECT 1, '{x}' FROM generate_series(1, 20000)",
        "DELETE FROM denorm.change_log",
    )
    dead = "SELECT n_dead_tup FROM pg_stat_all_tables WHERE relid = 'denorm.change_log'::regclass"
    wait_until(lambda: bed.value(dead) >= 20_000, "the server counts dead rows")


@plant("worker_gone", "denorm-assets worker")
def the_worker_was_killed(bed: Bed) -> None:
    """A worker was killed, and nobody started another one."""
    bed.shell.start_worker()
    holder = "SELECT max(holder) FROM denorm.worker"
    found = wait_until(lambda: bed.value(holder), "the worker has a heartbeat")
    os.kill(int(found.rpartition(" ")[2]), signal.SIGKILL)
    time.sleep(FRESH_SECONDS + 1)
