"""Changed definitions of what people read: they see old rows or new ones, whatever happens meanwhile."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

import psycopg
import pytest

from denorm_assets.db.apply import create_tables
from denorm_assets.db.apply.apply import apply_system
from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.db.postgres import lock_retry
from denorm_assets.db.postgres.database import Database
from denorm_assets.errors import DependedOn, LockHeld, RebuildFailed
from denorm_assets.model.index import Index, references
from denorm_assets.model.read_model import IdRanges
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime
from denorm_assets.model.sql_file import SqlFile
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case, wait_for
from tests.support.killing import killed_at_each_statement
from tests.support.live import AGREED

TABLES = """
CREATE TABLE owners (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE items (id bigint PRIMARY KEY, body text NOT NULL, owner bigint NOT NULL, other bigint NOT NULL);
INSERT INTO owners SELECT n, 'owner ' || n FROM generate_series(1, 20) AS n;
INSERT INTO items SELECT n, 'item ' || n, n % 20 + 1, n % 7 + 1 FROM generate_series(1, 400) AS n;
"""
OLD = "SELECT id, body FROM items"
SAME = "SELECT id, upper(body) AS body FROM items WHERE id <> 11"
ADDED = "SELECT id, upper(body) AS body, owner AS more FROM items"
DROPPED = "SELECT id FROM items"
RETYPED = "SELECT id, body::varchar(20) AS body FROM items"
OTHER_ORDER = "SELECT upper(body) AS body, id FROM items"
NULLABLE = "SELECT id, nullif(body, 'item 3') AS body FROM items"
LEFTOVERS = """
SELECT 'relation ' || relname FROM pg_class WHERE relname LIKE 'denorm@_next%' ESCAPE '@'
UNION ALL SELECT 'invalid ' || indexrelid::regclass FROM pg_index WHERE NOT indisvalid
UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE proname LIKE 'capture@_%' ESCAPE '@'
    AND proname NOT IN (SELECT 'capture_' || source_id FROM denorm.dependency)
UNION ALL SELECT 'trigger on ' || tgrelid::regclass FROM pg_trigger WHERE tgname LIKE 'trg@_denorm%' ESCAPE '@'
    AND tgfoid::regproc::text NOT IN (SELECT 'denorm.capture_' || source_id FROM denorm.dependency)
UNION ALL SELECT 'column ' || attname FROM pg_attribute WHERE attrelid = 'links'::regclass AND attnum > 0
    AND NOT attisdropped AND attname <> ALL ((SELECT columns FROM denorm.read_model WHERE name = 'links')::text[])
"""
INDEXED = {"indexes": [Index("id DESC")], "references": [references("id", "items.id", foreign_key=True)]}


def apply(case: Case) -> None:
    apply_system(case.database, case.system, AGREED)


def planned(case: Case) -> dict[str, str]:
    """What is to be done: kind and name -> action."""
    steps = plan_system(case.database, case.system).steps
    return {f"{step.kind} {step.name}": step.action for step in steps if step.action != "keep"}


def assert_done(case: Case) -> None:
    """The read model is live at its present version, right, and nothing else is left."""
    assert planned(case) == {}
    assert case.registered().state == "live"
    assert case.registered().code_version == case.described().code_version
    case.assert_right()
    assert case.rows(LEFTOVERS) == []
    assert {name: check.summary for name, check in case.checks().items() if not check.passed} == {}


@pytest.fixture
def live(make_case: MakeCase) -> Callable[..., Case]:
    """A function that makes a live read model."""

    def make(definition: str = OLD, **declaration: object) -> Case:
        declared = {"refresh": Debounced(Debounce(quiet=0, max_wait=0)), **declaration}
        case = make_case(TABLES, definition, **declared)
        if case.model.driving:
            case.load()
            case.finish()
        else:
            case.refresh()
        apply(case)
        return case

    return make


def die(*_: object) -> None:
    """What stands for a process that ends here."""
    raise KeyboardInterrupt


@contextmanager
def reading(case: Case) -> Generator[set[tuple[str, ...]]]:
    """Read all rows over and over in another thread; collects every different answer."""
    seen: set[tuple[str, ...]] = set()
    stop = threading.Event()

    def read() -> None:
        with case.connect() as reader:
            while not stop.is_set():
                seen.add(answer(reader))

    thread = threading.Thread(target=read)
    thread.start()
    try:
        wait_for(lambda: bool(seen), "a first answer")
        yield seen
    finally:
        stop.set()
        thread.join()


def answer(reader: psycopg.Connection[tuple[object, ...]]) -> tuple[str, ...]:
    """All rows, without the columns that are NULL in them."""
    rows = reader.execute("SELECT jsonb_strip_nulls(to_jsonb(held))::text FROM links AS held ORDER BY id").fetchall()
    return tuple(str(row[0]) for row in rows)


@pytest.mark.parametrize("driving", [("items.id",), ()], ids=["ranges", "whole"])
@pytest.mark.parametrize(
    ("text", "action"),
    [
        (SAME, "rebuild"),
        (NULLABLE, "rebuild"),
        (ADDED, "rebuild"),
        (DROPPED, "replace"),
        (RETYPED, "replace"),
    ],
    ids=["same shape", "may be NULL", "added column", "dropped column", "retyped column"],
)
def test_apply_changed_definition_readers_see_old_or_new_rows(
    live: Callable[..., Case], text: str, action: str, driving: tuple[str, ...]
) -> None:
    case = live(driving=driving, **INDEXED)
    with case.connect() as connection:
        old = answer(connection)
        case.redefine(text)
        assert planned(case)["table app.links"] == action
        assert planned(case)["foreign key links_id_fkey"] == "rebuild"
        with reading(case) as seen:
            apply(case)
            wait_for(lambda: len(seen) > 1 or text == RETYPED, "an answer with new rows")
        assert seen <= {old, answer(connection)}
    assert_done(case)
    assert all(item.done for item in case.progress())
    before = case.snapshot()
    apply(case)
    if driving:
        assert {result.outcome for result in case.load(again=True)} == {"done"}
    assert case.snapshot() == before


def test_apply_other_key_ranges_or_view_definition_is_put_in_place(live: Callable[..., Case]) -> None:
    case = live()
    case.redefine("SELECT id, owner FROM items")
    case.redeclare(key=("id", "owner"))
    apply(case)
    assert_done(case)
    case.redefine("SELECT owner, count(*) AS pieces FROM items GROUP BY owner")
    case.redeclare(key=("owner",), backfill=None)
    apply(case)
    assert_done(case)
    case.redefine(
        "SELECT o.id AS owner, count(i.id) AS pieces FROM owners AS o"
        " LEFT JOIN items AS i ON i.owner = o.id GROUP BY o.id"
    )
    case.redeclare(backfill=IdRanges("owners.id"))
    assert planned(case)["table app.links"] == "rebuild"
    apply(case)
    assert_done(case)
    assert [item.source for item in case.progress()] == ["owners", "owners"]
    case.redeclare(refresh=Full(), backfill=None)
    apply(case)
    case.redefine("SELECT owner, min(id) AS first FROM items GROUP BY owner")
    assert planned(case) == {"materialized view app.links": "replace", "capture app.owners": "drop"}
    apply(case)
    assert_done(case)


@pytest.mark.parametrize("refresh", [Debounced(Debounce(quiet=0, max_wait=0)), Realtime(Debounce(quiet=0, max_wait=0))])
def test_apply_changed_definition_while_written_loses_nothing(
    live: Callable[..., Case], refresh: Debounced | Realtime
) -> None:
    case = live(refresh=refresh, **INDEXED)
    stop = threading.Event()

    def write_on() -> None:
        with case.connect() as writer:
            number = 1000
            while not stop.is_set():
                number += 1
                writer.execute(f"INSERT INTO items VALUES ({number}, 'new', 1, 1)".encode())
                writer.execute(f"DELETE FROM items WHERE id = {number - 3}".encode())
                writer.execute(f"UPDATE items SET body = 'w {number}' WHERE id = {number % 400}".encode())

    thread = threading.Thread(target=write_on)
    thread.start()
    try:
        for text in (SAME, DROPPED, ADDED, SAME):
            case.redefine(text)
            apply(case)
    finally:
        stop.set()
        thread.join()
    case.refresh()
    assert_done(case)


@pytest.mark.parametrize("texts", [(OLD, SAME), (ADDED, DROPPED)], ids=["in place", "beside"])
def test_apply_killed_at_any_statement_next_run_completes(
    live: Callable[..., Case], monkeypatch: pytest.MonkeyPatch, texts: tuple[str, str]
) -> None:
    case, following = live(texts[0], **INDEXED), itertools.cycle(texts)
    next(following)
    case.redefine(next(following))
    for number in killed_at_each_statement(case.url, monkeypatch, lambda: apply(case), 11):
        case.write(f"UPDATE items SET body = 'killed at {number}' WHERE id = {number}")
        apply(case)
        case.refresh()
        assert_done(case)
        case.redefine(next(following))
    assert_done(case)


def test_apply_killed_at_any_statement_old_definition_can_be_restored(
    live: Callable[..., Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    old = "SELECT i.id, o.name FROM items AS i JOIN owners AS o ON o.id = i.owner"
    new = "SELECT i.id, o.name, i.body FROM items AS i JOIN owners AS o ON o.id = i.other"
    case = live(old)
    case.redefine(new)
    for number in killed_at_each_statement(case.url, monkeypatch, lambda: apply(case), 11):
        case.redefine(old)
        case.write(f"UPDATE owners SET name = 'killed at {number}' WHERE id = {number % 20 + 1}")
        # Whoever still runs with the old declaration.
        case.refresh_if_due()
        apply(case)
        case.refresh()
        assert_done(case)
        case.redefine(new)
    assert_done(case)


def test_apply_killed_and_definition_put_back_recomputes_changes(
    live: Callable[..., Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old, new, old again: in between, changes led to the rows that the new definition would have changed."""
    old = "SELECT i.id, o.name FROM items AS i JOIN owners AS o ON o.id = i.owner"
    case = live(old)
    case.redefine("SELECT i.id, i.body AS name FROM items AS i")
    with monkeypatch.context() as killing:
        killing.setattr(create_tables, "rebuild_model", die)
        with suppress(KeyboardInterrupt):
            apply(case)
    case.redefine(old)
    assert case.registered().state == "needs_rebuild"
    case.write("UPDATE owners SET name = 'renamed' WHERE id = 4")
    assert case.refresh_if_due() == []
    assert planned(case)["table app.links"] == "mark stale"
    apply(case)
    case.refresh()
    assert_done(case)


def test_apply_failing_definition_keeps_old_rows(live: Callable[..., Case]) -> None:
    case = live()
    before = case.snapshot()
    for text, reason in (
        ("SELECT id, (1 / (id - 7))::text AS body FROM items", "division by zero"),
        ("SELECT id, (1 / (id - 7)) AS number FROM items", "division by zero"),
        ("SELECT i.id, v.body FROM items AS i, unnest(ARRAY['a', 'b']) AS v (body)", r"several .* \(id="),
    ):
        case.redefine(text)
        with pytest.raises(RebuildFailed, match=reason):
            apply(case)
        assert case.snapshot() == before
    case.redefine(OLD)
    apply(case)
    case.refresh()
    assert_done(case)
    assert case.snapshot() == before


def test_apply_table_read_by_view_of_application_is_not_replaced(live: Callable[..., Case]) -> None:
    case = live()
    case.run("CREATE VIEW mine AS SELECT body FROM links")
    before = case.snapshot()
    case.redefine(DROPPED)
    for refused in (lambda: apply(case), lambda: planned(case)):
        with pytest.raises(
            DependedOn,
            match=r"depend on app.links: view app.mine\. The table is as",
        ):
            refused()
    assert case.snapshot() == before
    assert case.registered().state == "live"
    case.redefine(SAME)
    apply(case)
    assert_done(case)


def test_apply_table_locked_by_reader_names_it(live: Callable[..., Case], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock_retry, "_ATTEMPTS", 2)
    case = live()
    for text in (ADDED, RETYPED):
        case.redefine(text)
        with case.connect() as reader, reader.transaction():
            reader.execute("SELECT count(*) FROM links")
            with pytest.raises(LockHeld, match=rf"Process {reader.info.backend_pid} of .*SELECT count"):
                apply(case)
            assert reader.execute("SELECT count(*) FROM links").fetchall() == [(400,)]
        apply(case)
        assert_done(case)


def test_apply_waiting_for_lock_delays_others_less_than_bound(live: Callable[..., Case]) -> None:
    case = live()
    case.redefine(ADDED)
    case.database.close()
    case.database = Database(case.url, lock_bound_ms=60)
    waits: list[float] = []
    with case.connect() as reader, case.connect() as other, reader.transaction():
        reader.execute("SELECT count(*) FROM links")
        thread = threading.Thread(target=apply, args=(case,))
        thread.start()
        wait_for(lambda: case.value("SELECT count(*) FROM pg_locks WHERE NOT granted") == 1, "the apply to wait")
        for _ in range(200):
            began = time.perf_counter()
            other.execute("SELECT count(*) FROM links")
            waits.append(time.perf_counter() - began)
    thread.join()
    # Twice what it may be, for the machine's sake.
    assert max(waits) < 0.06
    assert_done(case)


def test_apply_changed_column_order_needs_no_replacement(live: Callable[..., Case]) -> None:
    case = live()
    case.redefine(OTHER_ORDER)
    apply(case)
    assert planned(case) == {}
    assert all(check.passed for check in case.checks().values())
    assert case.rows("SELECT * FROM links WHERE id = 1") == [(1, "ITEM 1")]


def test_apply_same_rebuild_at_once_runs_only_once(live: Callable[..., Case]) -> None:
    case = live()
    case.redefine(SAME)
    threads = [threading.Thread(target=apply, args=(case,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert case.lines.count("table app.links: rebuild") == 1
    assert_done(case)


def test_plan_rebuild_estimates_seconds_of_each_step(live: Callable[..., Case]) -> None:
    case = live(**INDEXED)
    case.run("ANALYZE links")
    case.redefine(SAME)
    seconds = {step.kind: (step.action, step.seconds) for step in plan_system(case.database, case.system).steps}
    assert seconds == {
        "control schema": ("keep", 0),
        "column": ("allow NULL", 0),
        "table": ("rebuild", 400 / 90_000),
        # Its condition is part of how changes are expanded.
        "capture": ("register", 0),
        "index": ("keep", 0),
        "foreign key": ("rebuild", 400 / 4_000_000),
    }


def test_plan_definition_file_moved_has_nothing_to_do(live: Callable[..., Case]) -> None:
    case = live()
    moved = case.model.definition.path.with_name("moved.sql")
    moved.write_text(OLD)
    case.redeclare(definition=SqlFile(moved))
    assert planned(case) == {}
