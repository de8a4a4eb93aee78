"""Troubles that come from the application: its roles, its tables, its triggers, its replication."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from denorm_assets.db.doctor.patient import Limits
from tests.stress.doctor.plant import plant
from tests.stress.doctor.ward import APP_OWNER, APPLICATION, OWNER, Bed, wait_until
from tests.stress.hostile.application import TABLES

_LONG_AGO = "UPDATE denorm.change_log SET logged_at = now() - interval '10 minutes'"


@plant("lacking_privilege", r'GRANT TRIGGER ON "app"."orders" TO "denorm_owner";')
def a_right_is_taken_away(bed: Bed) -> None:
    """The product's role may not make triggers on a source any more."""
    bed.run(f"REVOKE TRIGGER ON app.orders FROM {OWNER}")


@plant("lacking_privilege", r'GRANT TEMPORARY ON DATABASE "\w+" TO "denorm_owner";')
def temporary_objects_are_forbidden(bed: Bed) -> None:
    """The product's role may not describe definitions any more."""
    bed.run(f"REVOKE TEMPORARY ON DATABASE {bed.database} FROM PUBLIC")


@plant("hidden_rows", r'ALTER ROLE "denorm_owner" BYPASSRLS;', beside=["edited_object"])
def policies_hide_rows(bed: Bed) -> None:
    """Row-level security is enabled on a source."""
    bed.run("ALTER TABLE app.orders ENABLE ROW LEVEL SECURITY")


@plant("replica_role", r"ALTER ROLE application RESET session_replication_role;")
def the_application_fires_no_triggers(bed: Bed) -> None:
    """The application writes in the replica role."""
    bed.run(f"ALTER ROLE {APPLICATION} SET session_replication_role = 'replica'")


@contextmanager
def _subscribed(bed: Bed) -> Generator[None]:
    """The table orders receives the changes of another database."""
    publisher = f"{bed.database}_publisher"
    bed.realm.create(publisher)
    with bed.realm.admin(publisher) as connection:
        connection.execute(f"CREATE SCHEMA app; SET search_path = app; {TABLES}".encode())
        connection.execute("CREATE PUBLICATION orders FOR TABLE app.orders")
        connection.execute(f"SELECT pg_create_logical_replication_slot('{publisher}', 'pgoutput')".encode())
    # A subscription within one server cannot make its slot itself.
    bed.run(
        f"CREATE SUBSCRIPTION {bed.database} CONNECTION '{bed.realm.postgres.url(publisher)}' PUBLICATION orders"
        f" WITH (create_slot = false, slot_name = '{publisher}', copy_data = false)"
    )
    yield
    bed.run(
        f"ALTER SUBSCRIPTION {bed.database} DISABLE",
        f"ALTER SUBSCRIPTION {bed.database} SET (slot_name = NONE)",
        f"DROP SUBSCRIPTION {bed.database}",
    )
    active = f"SELECT count(*) FROM pg_replication_slots WHERE active AND slot_name = '{publisher}'"
    wait_until(lambda: bed.value(active) == 0, "the subscription's worker ends")
    with bed.realm.admin(publisher) as connection:
        connection.execute(f"SELECT pg_drop_replication_slot('{publisher}')".encode())
    bed.realm.drop(publisher)


@plant("subscription", r'GRANT "app_owner" TO "denorm_owner";\ndenorm-assets apply')
def a_subscription_writes_to_a_source(bed: Bed) -> None:
    """Logical replication writes to a table of another owner."""
    bed.enter(_subscribed(bed))


@plant("event_trigger", 'ALTER EVENT TRIGGER "no_changes" DISABLE;', beside=["edited_object"])
def schema_changes_are_refused(bed: Bed) -> None:
    """An event trigger refuses DDL."""
    bed.run(
        "CREATE FUNCTION app.refuse_changes() RETURNS event_trigger LANGUAGE plpgsql AS"
        " $$BEGIN RAISE EXCEPTION 'no schema changes on Fridays'; END$$",
        "CREATE EVENT TRIGGER no_changes ON ddl_command_start EXECUTE FUNCTION app.refuse_changes()",
    )


@plant("disabled_object", "denorm-assets apply", beside=["not_fresh"])
def triggers_are_disabled(bed: Bed) -> None:
    """A restore left the triggers of a source disabled."""
    bed.run("ALTER TABLE app.orders DISABLE TRIGGER USER")


@plant(
    "missing_index",
    r'CREATE INDEX CONCURRENTLY ON "?app"?."?orders"? \("?person_id"?\);',
    Limits(rows_without_index=100),
)
def an_index_is_gone(bed: Bed) -> None:
    """A source has no index by which changed rows are found."""
    bed.run("DROP INDEX app.orders_person_id_idx", "ANALYZE app.orders")


@plant("held_up", r"SELECT pg_terminate_backend\(\d+\);")
def a_session_locks_a_source(bed: Bed) -> None:
    """Refreshes wait for a lock, and changes for them."""
    bed.run("UPDATE app.orders SET amount = amount + 1 WHERE id = 1", role=APPLICATION)
    bed.run(_LONG_AGO)
    bed.hold("BEGIN", "LOCK TABLE app.orders", role=APP_OWNER)


@plant("no_worker", "denorm-assets worker")
def nobody_refreshes(bed: Bed) -> None:
    """Changes wait, and no worker runs."""
    bed.run("UPDATE app.orders SET amount = amount + 1 WHERE id = 1", role=APPLICATION)
    bed.run(_LONG_AGO)
