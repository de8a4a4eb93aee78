"""What a `Realtime` read model may take of the application's statement: little, and never the statement itself."""

from __future__ import annotations

import threading
from typing import LiteralString

import psycopg
import pytest

from denorm_assets.model.refresh import Debounce, Realtime
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case, wait_for

NOW = Debounce(quiet=0, max_wait=0)
LARGE, SMALL = 1, 2
ORDERS = """
CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);
INSERT INTO customers SELECT n, 'customer ' || n FROM generate_series(1, 1000) AS n;
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id bigint REFERENCES customers, cents int);
INSERT INTO orders (customer_id, cents) SELECT CASE WHEN n % 5 = 0 THEN n % 1000 + 1 ELSE 1 END, n
FROM generate_series(1, 200000) AS n;
CREATE INDEX ON orders (customer_id);
"""
TOTALS = """SELECT c.id, count(o.id) AS orders, sum(o.cents) AS cents
FROM customers AS c LEFT JOIN orders AS o ON o.customer_id = c.id GROUP BY c.id"""
ITEMS = """
CREATE TABLE items (id bigint PRIMARY KEY, n bigint NOT NULL);
INSERT INTO items SELECT n, n FROM generate_series(1, 10) AS n;
"""


def is_right(case: Case, anchor: int) -> bool:
    """Whether the row is what the definition yields at this moment."""
    held = case.rows("SELECT * FROM links WHERE id = %s", (anchor,))
    text = case.model.definition.path.read_text()
    return held == case.rows(f"SELECT * FROM ({text}) AS d WHERE id = %s", (anchor,))


def live(case: Case) -> Case:
    case.load()
    case.finish()
    return case


@pytest.fixture
def shop(make_case: MakeCase) -> Case:
    return live(make_case(ORDERS + "ANALYZE", TOTALS, driving=("customers.id",), refresh=Realtime(NOW)))


ORDER = "INSERT INTO orders (customer_id, cents) VALUES (%s, 7)"


@pytest.mark.parametrize("timeout", ["0", "100ms", "2s", "1h"])
def test_realtime_anchor_with_many_rows_is_left_to_drain(shop: Case, timeout: LiteralString) -> None:
    with shop.connect() as application:
        application.execute(ORDER, (LARGE + 2,))
        application.execute("SELECT set_config('statement_timeout', %s, false)", (timeout,))
        application.execute(ORDER, (LARGE,))
        application.execute(ORDER, (SMALL,))
    assert (is_right(shop, LARGE), is_right(shop, SMALL)) == (False, True)
    shop.refresh_if_due()
    shop.assert_right()


def test_realtime_statement_near_timeout_only_logs(shop: Case) -> None:
    with shop.connect() as application:
        application.execute(ORDER, (SMALL,))
        application.execute("SET statement_timeout = '9ms'")
        try:
            application.execute(ORDER, (SMALL,))
        except psycopg.errors.QueryCanceled:
            pytest.skip("the insert itself took longer")
    assert not is_right(shop, SMALL)
    shop.refresh_if_due()
    shop.assert_right()


@pytest.mark.parametrize("among", [1, 5, 100])
def test_realtime_common_anchor_among_others_leaves_all_to_drain(shop: Case, among: int) -> None:
    several = "INSERT INTO orders (customer_id, cents) SELECT n, 1 FROM generate_series({}, {}) AS n"
    shop.write(several.format(101, 100 + among))
    assert all(is_right(shop, anchor) for anchor in range(101, 101 + among, 50))
    shop.write(several.format(1, among))
    assert not any(is_right(shop, anchor) for anchor in range(1, among + 1, 50))
    shop.refresh_if_due()
    shop.assert_right()


@pytest.mark.parametrize("of_nobody", [5, 5000, 150_000])
def test_realtime_null_anchor_with_many_rows_is_left_to_drain(make_case: MakeCase, of_nobody: int) -> None:
    ddl = (
        "CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id bigint, cents int);"
        "CREATE INDEX ON orders (customer_id);"
        f"INSERT INTO orders (customer_id, cents) SELECT NULL, n FROM generate_series(1, {of_nobody}) AS n;"
        "INSERT INTO orders (customer_id, cents) SELECT n % 5000, n FROM generate_series(1, 100000) AS n;"
        "ANALYZE"
    )
    text = "SELECT customer_id AS id, count(*) AS orders FROM orders GROUP BY customer_id"
    case = live(make_case(ddl, text, driving=("orders.customer_id",), refresh=Realtime(NOW)))
    case.write("INSERT INTO orders (cents) VALUES (1)")
    right = case.value("SELECT orders FROM links WHERE id IS NULL") == of_nobody + 1
    assert right == (of_nobody < 10_000)
    case.refresh_if_due()
    case.assert_right()


@pytest.mark.parametrize("since", ["never analysed", "analysed when it was small"])
def test_realtime_large_source_without_statistics_only_logs(make_case: MakeCase, since: str) -> None:
    small = ORDERS.partition("INSERT INTO orders")
    ddl = f"{small[0]}ALTER TABLE orders SET (autovacuum_enabled = off);"
    if since != "never analysed":
        ddl += "INSERT INTO orders (customer_id) SELECT 1 FROM generate_series(1, 100) AS n; ANALYZE;"
    case = make_case(f"{ddl}{small[1]}{small[2]}", TOTALS, driving=("customers.id",), refresh=Realtime(NOW))
    live(case)
    wait_for(
        lambda: case.value("SELECT pg_stat_get_mod_since_analyze('orders'::regclass) > 190000"), "its own statistics"
    )
    case.write(ORDER % SMALL)
    assert not is_right(case, SMALL)
    case.run("ANALYZE orders")
    case.write(ORDER % SMALL)
    assert is_right(case, SMALL)
    case.refresh_if_due()
    case.assert_right()


def test_realtime_rows_from_set_function_are_left_to_drain(make_case: MakeCase) -> None:
    ddl = (
        "CREATE TABLE items (id bigint PRIMARY KEY, ends timestamp);"
        "INSERT INTO items SELECT n, '2026-01-03' FROM generate_series(1, 5) AS n"
    )
    text = (
        "SELECT i.id, count(day) AS days FROM items AS i"
        " LEFT JOIN LATERAL generate_series('2026-01-01'::timestamp, i.ends, '1 day'::interval) AS day ON true"
        " GROUP BY i.id"
    )
    case = live(make_case(ddl, text, refresh=Realtime(NOW)))
    with case.connect() as application:
        application.execute("SET statement_timeout = '20s'")
        application.execute("UPDATE items SET ends = 'infinity' WHERE id = 1")
        application.execute("UPDATE items SET ends = '2026-01-09' WHERE id = 1")
    case.refresh_if_due()
    case.assert_right()


def test_realtime_array_and_json_elements_are_computed_at_once(make_case: MakeCase) -> None:
    ddl = (
        "CREATE TABLE items (id bigint PRIMARY KEY, tags text[], doc jsonb);"
        "INSERT INTO items SELECT n, '{a,b}', '[1, 2]' FROM generate_series(1, 5) AS n; ANALYZE"
    )
    text = (
        "SELECT i.id, count(DISTINCT tag) AS tags, count(DISTINCT entry) AS entries FROM items AS i"
        " LEFT JOIN LATERAL unnest(i.tags) AS tag ON true"
        " LEFT JOIN LATERAL jsonb_array_elements(i.doc) AS entry ON true GROUP BY i.id"
    )
    case = live(make_case(ddl, text, refresh=Realtime(NOW)))
    case.write("UPDATE items SET tags = '{a,b,c}' WHERE id = 1")
    assert is_right(case, 1)


def slow(make_case: MakeCase, body: LiteralString) -> Case:
    """A read model with a function that its author takes for immutable."""
    function = f"CREATE FUNCTION odd(n bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN {body} END $$;"
    text = "SELECT id, odd(n) AS n FROM items"
    case = live(make_case(ITEMS + function + "ANALYZE", text, refresh=Realtime(NOW)))
    case.write("UPDATE items SET n = 20 WHERE id = 1")
    assert is_right(case, 1)
    return case


SLEEPS: LiteralString = "IF n > 1000 THEN PERFORM pg_sleep(60); END IF; RETURN n;"


def test_realtime_statement_timeout_inside_recompute_keeps_statement(make_case: MakeCase) -> None:
    case = slow(make_case, SLEEPS)
    with case.connect() as application:
        application.execute("SET statement_timeout = '500ms'")
        application.execute("UPDATE items SET n = 2000 WHERE id = 1")
    assert case.value("SELECT n FROM items WHERE id = 1") == 2000
    assert case.value("SELECT n FROM links WHERE id = 1") == 20
    case.run("UPDATE items SET n = 30 WHERE id = 1")
    case.write("UPDATE items SET n = 31 WHERE id = 1")
    case.refresh_if_due()
    case.assert_right()


@pytest.mark.parametrize("timeout", ["0", "60s"])
def test_realtime_cancelled_statement_is_cancelled(make_case: MakeCase, timeout: LiteralString) -> None:
    case = slow(make_case, SLEEPS)
    failed: list[psycopg.Error] = []
    with case.connect() as application:
        application.execute("SELECT set_config('statement_timeout', %s, false)", (timeout,))

        def write() -> None:
            try:
                application.execute("UPDATE items SET n = 2000 WHERE id = 1")
            except psycopg.Error as error:
                failed.append(error)

        writing = threading.Thread(target=write)
        writing.start()
        sleeping = "SELECT count(*) = 1 FROM pg_stat_activity WHERE pid = %s AND wait_event = 'PgSleep'"
        wait_for(lambda: case.value(sleeping, (application.info.backend_pid,)), "the function")
        case.run("SELECT pg_cancel_backend(%s)", (application.info.backend_pid,))
        writing.join()
    assert [type(error) for error in failed] == [psycopg.errors.QueryCanceled]
    assert case.value("SELECT n FROM items WHERE id = 1") == 20


@pytest.mark.parametrize(
    "body",
    ["ASSERT n < 1000; RETURN n;", "RETURN 1 / CASE WHEN n < 1000 THEN 1 ELSE 0 END;"],
    ids=["an assertion", "an error"],
)
def test_realtime_function_raises_keeps_statement(make_case: MakeCase, body: LiteralString) -> None:
    case = slow(make_case, body)
    case.write("UPDATE items SET n = 2000 WHERE id = 1")
    assert case.value("SELECT n FROM items WHERE id = 1") == 2000


def test_realtime_locked_table_waits_less_than_statement_timeout(make_case: MakeCase) -> None:
    case = live(make_case(ITEMS + "ANALYZE", "SELECT id, n FROM items", refresh=Realtime(NOW)))
    with case.connect() as holder, case.connect() as application, holder.transaction():
        holder.execute("LOCK TABLE links IN SHARE MODE")
        application.execute("SET statement_timeout = '40ms'")
        application.execute("UPDATE items SET n = 11 WHERE id = 1")
    assert case.value("SELECT n FROM items WHERE id = 1") == 11
    case.refresh_if_due()
    case.assert_right()
