"""What passes by itself is tried again; what does not ends the batch with a clear error, earlier batches kept."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from denorm_assets.db.backfill import batches
from denorm_assets.db.postgres.database import Database
from denorm_assets.errors import BatchFailed, DuplicateKeys, MissingPrivilege, RangeDiffers
from denorm_assets.model.index import Index
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case, as_role, wait_for

BLOCKED = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def test_backfill_lock_timeout_is_retried(items: Callable[..., Case], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "_LOCK_TIMEOUT", "50ms")
    case = items(1_000)
    key = case.loader().ranges[0].key
    outcome: list[str] = []
    with case.connect() as other:
        with other.transaction():
            other.execute("LOCK TABLE links IN SHARE MODE")
            worker = threading.Thread(target=lambda: outcome.append(case.load_key(key, batch_size=300).outcome))
            worker.start()
            wait_for(lambda: any("LockNotAvailable, trying again" in line for line in case.lines), "a retry")
        worker.join()
    assert outcome == ["done"]
    assert case.counters(key)["batches"] == 4
    case.assert_right()


def test_backfill_lock_never_released_fails_batch(items: Callable[..., Case], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "_LOCK_TIMEOUT", "1ms")
    monkeypatch.setattr(batches, "_ATTEMPTS", 2)
    case = items(100)
    case.loader()
    with case.connect() as other, other.transaction():
        other.execute("LOCK TABLE links IN SHARE MODE")
        with pytest.raises(BatchFailed, match="lock timeout"):
            case.load()
    case.load()
    case.assert_right()


def test_backfill_deadlock_is_retried(items: Callable[..., Case]) -> None:
    """The other session waits for a row of the batch while the batch waits for a row of it."""
    case = items(1_000)
    case.load()
    case.run("UPDATE items SET body = 'new' WHERE id IN (200, 800)")
    [key] = [id_range.key for id_range in case.loader().ranges if not id_range.is_rest]
    outcome: list[str] = []
    with case.connect() as other:
        # Whoever finds the deadlock is its victim: the batch, which looks first.
        other.execute("SET deadlock_timeout = '60s'")
        with other.transaction():
            other.execute("UPDATE links SET body = 'mine' WHERE id = 800")
            worker = threading.Thread(target=lambda: outcome.append(case.load_key(key).outcome))
            worker.start()
            wait_for(lambda: case.value(BLOCKED) == 1, "the batch to wait for row 800")
            other.execute("UPDATE links SET body = 'mine' WHERE id = 200")
        worker.join()
    assert outcome == ["done"]
    assert any("DeadlockDetected, trying again" in line for line in case.lines)
    case.assert_right()


SLOW = """
CREATE TABLE items (id bigint PRIMARY KEY, body text NOT NULL);
CREATE FUNCTION slowly(body text) RETURNS text LANGUAGE plpgsql IMMUTABLE COST 100000 AS $$
BEGIN PERFORM pg_sleep(0.004); RETURN body; END $$;
INSERT INTO items SELECT n, 'item ' || n FROM generate_series(1, 64) AS n;
"""


def test_backfill_statement_timeout_halves_batch(make_case: MakeCase) -> None:
    case = make_case(SLOW, "SELECT id, slowly(body) AS body FROM items")
    result = case.load(batch_size=64, statement_timeout=0.15)[0]
    assert result.outcome == "done"
    assert result.batches >= 2
    halvings = [line for line in case.lines if "statement timeout, going on with batches of" in line]
    assert "going on with batches of 32 rows" in halvings[0]
    assert case.counters(result.key)["rows_written"] == 64
    case.assert_right()


def test_backfill_single_slow_row_fails_naming_it(make_case: MakeCase) -> None:
    case = make_case(SLOW, "SELECT id, CASE WHEN id = 9 THEN slowly(body) ELSE body END AS body FROM items")
    with pytest.raises(BatchFailed, match=r"batch of 1 rows from 9 on failed: one row took longer than 0.003 s"):
        case.load(batch_size=4, statement_timeout=0.003)
    assert case.value("SELECT count(*) FROM links") == 8


def test_backfill_failing_row_fails_its_batch_and_keeps_earlier_ones(make_case: MakeCase) -> None:
    case = make_case(
        "CREATE TABLE items (id bigint PRIMARY KEY, divisor int NOT NULL);"
        "INSERT INTO items SELECT n, CASE WHEN n = 555 THEN 0 ELSE n END FROM generate_series(1, 1000) AS n",
        "SELECT id, 1000 / divisor AS quotient FROM items",
    )
    key = case.loader().ranges[0].key
    for _ in range(2):
        with pytest.raises(BatchFailed) as failed:
            case.load(batch_size=100)
        assert str(failed.value) == (
            f"shop/links {key}: the batch of 100 rows from 501 on failed: division by zero. It was rolled back; "
            "earlier batches are kept. Correct the row or the definition that causes it, then run the range again"
        )
        assert case.value("SELECT count(*) FROM links") == 500
        assert (case.counters(key)["batches"], case.counters(key)["cursor_id"]) == (5, "500")
        assert case.progress()[0].holder is None
    matches = case.checks()["matches_definition"]
    assert not matches.passed
    assert matches.rows[0]["missing"] == "the comparison failed: division by zero"
    case.run("UPDATE items SET divisor = 1 WHERE id = 555")
    case.load(batch_size=100)
    case.assert_right()


def test_backfill_again_row_now_failing_fails_naming_its_batch(make_case: MakeCase) -> None:
    case = make_case(
        "CREATE TABLE items (id bigint PRIMARY KEY, divisor int NOT NULL);"
        "INSERT INTO items SELECT n, n FROM generate_series(1, 1000) AS n",
        "SELECT id, 1000 / divisor AS quotient FROM items",
    )
    case.load()
    case.run("UPDATE items SET divisor = 0 WHERE id = 555; UPDATE items SET divisor = 2 WHERE id = 444")
    with pytest.raises(BatchFailed, match="from 501 on failed: division by zero"):
        case.load(again=True, batch_size=100)
    assert case.value("SELECT quotient FROM links WHERE id = 444") == 500
    assert not case.progress()[0].done


def test_backfill_subquery_with_two_rows_is_not_called_duplicate_key(make_case: MakeCase) -> None:
    case = make_case(
        "CREATE TABLE items (id bigint PRIMARY KEY, parent int); INSERT INTO items VALUES (1, 2), (2, 3), (3, 3)",
        "SELECT i.id, (SELECT c.id FROM items AS c WHERE c.parent = i.id) AS child FROM items AS i",
    )
    with pytest.raises(BatchFailed, match="more than one row returned by a subquery used as an expression"):
        case.load()


@pytest.mark.parametrize("filled", [False, True], ids=["into an empty table", "into one that holds rows"])
def test_backfill_duplicate_keys_are_shown_and_nothing_written(make_case: MakeCase, filled: bool) -> None:
    case = make_case(
        "CREATE TABLE items (id bigint PRIMARY KEY, tags text[] NOT NULL);"
        "INSERT INTO items SELECT n, '{x}' FROM generate_series(1, 40) AS n",
        "SELECT i.id, t.tag, t.place FROM items AS i"
        " CROSS JOIN LATERAL unnest(i.tags) WITH ORDINALITY AS t(tag, place)",
        key=("id", "tag"),
    )
    if filled:
        case.load()
    held = case.snapshot().keys()
    case.run("UPDATE items SET tags = '{a,b,a}' WHERE id % 5 = 0; UPDATE items SET tags = '{c,c,c}' WHERE id = 40")
    with pytest.raises(DuplicateKeys) as refused:
        case.load(again=True, batch_size=1_000)
    message = str(refused.value)
    assert message.startswith("shop/links: the key (id, tag) does not identify a row of its definition")
    assert "(id=5, tag=a) 2 times; (id=10, tag=a) 2 times" in message
    assert f"Make {case.model.definition.path} yield one row per key" in message
    assert case.snapshot().keys() == held


def test_backfill_duplicates_in_unique_index_fail_their_batch(items: Callable[..., Case]) -> None:
    """The index is there, because the model is live; the source has changed since."""
    case = items(300, indexes=[Index("body", unique=True)])
    case.load()
    case.finish()
    case.run("UPDATE items SET body = 'same' WHERE id IN (205, 207)")
    with pytest.raises(
        BatchFailed, match=r'unique constraint "links_body_key" \(Key \(body\)=\(same\) already exists\)'
    ):
        case.load(again=True, batch_size=100)
    assert not case.progress()[0].done


def test_backfill_null_in_not_null_column_fails_its_batch(items: Callable[..., Case]) -> None:
    case = items(10)
    case.run("ALTER TABLE items ALTER body DROP NOT NULL; UPDATE items SET body = NULL WHERE id = 3")
    with pytest.raises(BatchFailed, match='null value in column "body"'):
        case.load()


def test_backfill_missing_privilege_is_named(items: Callable[..., Case]) -> None:
    case = items(10)
    role = f"reader_{case.value('SELECT current_database()')}"
    case.run(f"CREATE ROLE {role} LOGIN PASSWORD 'secret'")
    case.run(f"GRANT USAGE ON SCHEMA app, denorm TO {role}; GRANT SELECT ON items TO {role}")
    case.run(f"GRANT ALL ON ALL TABLES IN SCHEMA denorm TO {role}")
    case.run(f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA denorm TO {role}")
    # Whoever may execute it could attach it to another table.
    case.run(f"REVOKE EXECUTE ON FUNCTION denorm.capture_1 FROM {role}")
    other = Case(Database(as_role(case.url, role, "secret")), case.url, case.system, case.model)
    try:
        with pytest.raises(
            MissingPrivilege, match=f"role '{role}' lacks a privilege: permission denied for table links"
        ):
            other.load()
    finally:
        other.close()
        case.run(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_backfill_nondeterministic_definition_is_never_done(make_case: MakeCase) -> None:
    case = make_case(
        "CREATE TABLE items (id bigint PRIMARY KEY); INSERT INTO items SELECT generate_series(1, 50);"
        "CREATE FUNCTION lies(id bigint) RETURNS timestamptz LANGUAGE plpgsql IMMUTABLE"
        " AS 'BEGIN RETURN clock_timestamp(); END'",
        "SELECT id, lies(id) AS at FROM items",
    )
    for _ in range(2):
        with pytest.raises(RangeDiffers, match="50 rows on both sides, but not the same ones"):
            case.load()
    assert not case.progress()[0].done
