"""After the load: indexes and foreign keys, once everything is compared; whoever else does it at the same time."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

import pytest

from denorm_assets.db.control.locks import finishing_lock, held_at_once
from denorm_assets.db.postgres import lock_retry
from denorm_assets.errors import BackfillIncomplete, ForeignKeyViolated, UniqueIndexViolated
from denorm_assets.model.index import Index, references
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case, together, wait_for

INDEXES = (Index("body"), Index("body DESC NULLS LAST", "id", name="by_body"))
TO_ITEMS = (references("id", "items.id", foreign_key=True),)
LOCK_WAITS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def test_finish_range_not_done_is_refused(items: Callable[..., Case]) -> None:
    case = items(2_500, indexes=INDEXES, references=TO_ITEMS)
    with pytest.raises(BackfillIncomplete, match=r"it has no ranges yet\. Run `denorm-assets backfill shop/links`"):
        case.finish()
    case.load("1", "1500")
    case.load_key("items:000002001-000002500")
    with pytest.raises(BackfillIncomplete) as refused:
        case.finish()
    assert str(refused.value).startswith(
        "shop/links is not completely backfilled: 3 of 4 ranges are not done "
        "(items:min-000001000, items:000001001-000002000, items:rest). Run"
    )
    assert case.value("SELECT count(*) FROM pg_indexes WHERE tablename = 'links'") == 1
    assert case.registered().state == "loading"


def test_finish_all_ranges_done_builds_indexes_and_goes_live_once(items: Callable[..., Case]) -> None:
    case = items(1_200, indexes=INDEXES, references=TO_ITEMS)
    case.load()
    assert case.registered().state == "loading"
    case.finish()
    live_at = case.registered().live_at
    assert (case.registered().state, live_at is not None) == ("live", True)
    objects = "SELECT indexrelid, indisvalid, xmin::text FROM pg_index WHERE indrelid = 'links'::regclass ORDER BY 1"
    before = case.rows(objects)
    assert [valid for _, valid, _ in before] == [True, True, True]
    case.finish()
    assert case.rows(objects) == before
    assert case.registered().live_at == live_at
    assert case.rows("SELECT convalidated, confdeltype FROM pg_constraint WHERE conname = 'links_id_fkey'") == [
        (True, "c")
    ]
    with case.connect() as application:
        application.execute("DELETE FROM items WHERE id = 5")
    case.assert_right()


def test_finish_loaded_table_gathers_statistics(items: Callable[..., Case]) -> None:
    case = items(1_200)
    case.load()
    case.finish()
    assert case.value("SELECT reltuples::int FROM pg_class WHERE oid = 'links'::regclass") == 1_200


def test_finish_orphans_fail_naming_foreign_key_until_fixed(make_case: MakeCase) -> None:
    case = make_case(
        """
        CREATE TABLE owners (id int PRIMARY KEY); INSERT INTO owners VALUES (1), (2);
        CREATE TABLE items (id bigint PRIMARY KEY, owner int NOT NULL);
        INSERT INTO items SELECT n, 1 + n % 3 FROM generate_series(1, 30) AS n;
        """,
        "SELECT id, owner FROM items",
        references=[references("owner", "owners.id", foreign_key=True)],
    )
    case.load()
    for _ in range(2):
        with pytest.raises(ForeignKeyViolated, match=r"links_owner_fkey cannot be validated: Key \(owner\)=\(3\)"):
            case.finish()
        assert case.registered().state == "loading"
    assert not case.checks()["no_orphans"].passed
    case.run("INSERT INTO owners VALUES (3)")
    case.finish()
    assert all(check.passed for check in case.checks().values())


def test_backfill_orphan_under_foreign_key_fails_its_batch(make_case: MakeCase) -> None:
    case = make_case(
        "CREATE TABLE owners (id int PRIMARY KEY); INSERT INTO owners VALUES (1);"
        "CREATE TABLE items (id bigint PRIMARY KEY, owner int NOT NULL); INSERT INTO items VALUES (1, 1)",
        "SELECT id, owner FROM items",
        references=[references("owner", "owners.id", foreign_key=True)],
    )
    case.load()
    case.finish()
    case.run("UPDATE items SET owner = 9")
    with pytest.raises(Exception, match=r'batch of .* violates foreign key constraint "links_owner_fkey"'):
        case.load(again=True)


@pytest.mark.parametrize("live", [False, True], ids=["while loading", "while live"])
def test_finish_duplicates_fail_naming_unique_index_until_fixed(items: Callable[..., Case], live: bool) -> None:
    case = items(100, indexes=[Index("body", unique=True)])
    if live:
        case.load()
        case.finish()
        case.run("DROP INDEX links_body_key")
    case.run("UPDATE items SET body = 'same' WHERE id < 3")
    case.load(again=True)
    for _ in range(2):
        with pytest.raises(UniqueIndexViolated, match=r"links_body_key cannot be built: Key \(body\)=\(same\) is dupl"):
            case.finish()
    assert not case.checks()["indexes_valid"].passed
    case.run("UPDATE items SET body = 'other' WHERE id = 1")
    case.load(again=True)
    case.finish()
    assert all(check.passed for check in case.checks().values())


def test_finish_live_read_model_builds_index_without_blocking_writers(items: Callable[..., Case]) -> None:
    """CREATE INDEX CONCURRENTLY waits for the writer; the writer waits for nothing."""
    case = items(500, indexes=INDEXES)
    case.load()
    case.finish()
    case.run("DROP INDEX by_body")
    with case.connect() as writer:
        writer.execute("SET lock_timeout = '1s'")
        with writer.transaction():
            writer.execute("UPDATE links SET body = 'x' WHERE id = 1")
            thread = threading.Thread(target=case.finish)
            thread.start()
            wait_for(lambda: case.value(LOCK_WAITS) == 1, "the index build to wait for the writer")
            writer.execute("UPDATE links SET body = 'y' WHERE id = 2")
            with case.connect() as other:
                other.execute("SET lock_timeout = '1s'")
                other.execute("UPDATE links SET body = 'z' WHERE id = 3")
        thread.join()
    assert case.checks()["indexes_valid"].passed


def test_finish_index_build_deadlocked_is_rebuilt(items: Callable[..., Case]) -> None:
    """A deadlock leaves an invalid index behind, so that the same statement could only fail."""
    case = items(500, indexes=[Index("body")])
    case.load()
    case.finish()
    case.run("DROP INDEX links_body_idx")
    with case.connect() as writer:
        writer.execute("SET deadlock_timeout = '60s'")
        with writer.transaction():
            writer.execute("UPDATE links SET body = 'x' WHERE id = 1")
            thread = threading.Thread(target=case.finish)
            thread.start()
            wait_for(lambda: case.value(LOCK_WAITS) == 1, "the index build to wait for the writer")
            # Conflicts with the lock that the build holds: each waits for the other, and the build gives way.
            writer.execute("LOCK TABLE links IN SHARE UPDATE EXCLUSIVE MODE")
        thread.join()
    assert case.checks()["indexes_valid"].passed
    assert case.lines.count("index links_body_idx: create") == 1
    assert case.lines.count("index links_body_idx: rebuild") == 1


def test_finish_foreign_key_waiting_for_writer_blocks_no_other(items: Callable[..., Case]) -> None:
    """It waits 100 ms at a time, so that nobody queues behind it for longer."""
    case = items(100, references=TO_ITEMS)
    case.load()
    with case.connect() as writer:
        with writer.transaction():
            writer.execute("UPDATE items SET body = 'x' WHERE id = 1")
            thread = threading.Thread(target=case.finish)
            thread.start()
            wait_for(lambda: case.value(LOCK_WAITS) == 1, "the foreign key to wait for the writer")
            with case.connect() as other:
                other.execute("SET lock_timeout = '1s'")
                other.execute("UPDATE items SET body = 'y' WHERE id = 2")
            assert thread.is_alive()
        thread.join()
    assert case.checks()["foreign_keys_validated"].passed
    assert case.registered().state == "live"


def test_finish_many_at_once_all_succeed(items: Callable[..., Case]) -> None:
    """Two shells that stood back for each other come to the end together."""
    case = items(2_000, indexes=INDEXES, references=TO_ITEMS)
    case.load()
    together(4, case.finish)
    for made in ("index links_body_idx", "index by_body", "foreign key links_id_fkey"):
        assert case.lines.count(f"{made}: create") == 1
    assert all(check.passed for check in case.checks().values())
    assert case.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0


def test_finish_lock_held_by_other_names_holder_and_waits(
    items: Callable[..., Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock_retry, "_POLL_SECONDS", 0.01)
    case = items(10)
    case.load()
    said = f"shop/links: another process is building its indexes: process {os.getpid()} on "
    with case.database.session() as other, held_at_once(other, finishing_lock(case.registered().model_id)):
        thread = threading.Thread(target=case.finish)
        thread.start()
        wait_for(lambda: any(line.startswith(said) for line in case.lines), "the message")
        assert case.registered().state == "loading"
    thread.join()
    assert case.registered().state == "live"
