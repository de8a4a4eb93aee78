"""Anchors that are values of joined rows of several tables: rows that leave together find each other in the log."""

from __future__ import annotations

import pytest

from denorm_assets.model.refresh import Debounce, Debounced, Realtime, Refresh
from denorm_assets.sql.capture import affected_anchors
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case

DDL = """
CREATE TABLE customers (id bigint PRIMARY KEY, country text, active boolean NOT NULL, parent bigint);
CREATE TABLE orders (
    id bigint PRIMARY KEY, customer_id bigint, at timestamp NOT NULL, total integer NOT NULL,
    FOREIGN KEY (customer_id) REFERENCES customers ON DELETE CASCADE
);
CREATE TABLE lines (id bigint PRIMARY KEY, order_id bigint, tag text, price integer NOT NULL);
CREATE INDEX ON orders (customer_id);
INSERT INTO customers SELECT n, CASE n % 4 WHEN 0 THEN NULL ELSE 'C' || n % 4 END, n % 5 > 0, 1 + n % 3
FROM generate_series(1, 20) AS n;
INSERT INTO orders SELECT n, 1 + n % 20, timestamp '2026-03-28' + make_interval(hours => n), n % 4
FROM generate_series(1, 120) AS n;
INSERT INTO lines SELECT n, 1 + n % 120, 't' || n % 3, n % 7 FROM generate_series(1, 300) AS n;
"""
DAYS = (
    "SELECT c.country, o.at::date AS day, count(*) AS orders, sum(10 / (1 + o.total)) AS total"
    " FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.active GROUP BY c.country, o.at::date"
)
LINES = (
    "SELECT c.country, l.tag, o.total, sum(l.price) AS price FROM customers c JOIN orders o ON o.customer_id = c.id"
    " JOIN lines l ON l.order_id = o.id GROUP BY 1, 2, 3"
)
THROUGH = (
    "SELECT c.country, d.tag, count(*) AS n FROM customers c JOIN orders o ON o.customer_id = c.id AND o.total > 0"
    " CROSS JOIN LATERAL (SELECT l.tag FROM lines l WHERE l.order_id = o.id) d GROUP BY 1, 2"
)
ABOVE = (
    "SELECT c.country, p.country AS above, o.total, count(*) AS n FROM orders o"
    " JOIN customers c ON c.id = o.customer_id JOIN customers p ON p.id = c.parent GROUP BY 1, 2, 3"
)
ONE = (
    "SELECT coalesce(c.country, '') || o.total AS place, count(*) AS n, max(l.tag) AS tag FROM orders o"
    " JOIN customers c ON c.id = o.customer_id LEFT JOIN lines l ON l.order_id = o.id GROUP BY 1"
)
UNION = (
    "SELECT u.country, o.at::date AS day, count(*) AS n FROM (SELECT c.id, c.country FROM customers c WHERE c.active"
    " UNION ALL SELECT d.parent, 'child of ' || d.country FROM customers d) u JOIN orders o ON o.customer_id = u.id"
    " GROUP BY 1, 2"
)
KEYS = {
    DAYS: ("country", "day"),
    LINES: ("country", "tag", "total"),
    THROUGH: ("country", "tag"),
    ABOVE: ("country", "above", "total"),
    ONE: ("place",),
    UNION: ("country", "day"),
}
IDS = ["days", "lines", "through", "above", "one", "union"]
CHANGES = (
    ("UPDATE customers SET country = 'moved' WHERE id = 3",),
    ("UPDATE orders SET at = at + interval '1 day', total = total + 1 WHERE id % 9 = 1",),
    # The join column itself, and what it leads to.
    (
        "UPDATE orders SET customer_id = 1 + id % 7 WHERE id % 8 = 2",
        "UPDATE customers SET country = 'new' WHERE id < 6",
    ),
    (
        "DELETE FROM lines WHERE order_id % 5 = 0",
        "DELETE FROM orders WHERE customer_id = 4",
        "DELETE FROM customers WHERE id = 4",
    ),
    ("UPDATE customers SET active = NOT active, parent = 5 WHERE id IN (2, 7)",),
    # Orders leave with their customer, in one statement.
    ("DELETE FROM customers WHERE id = 9",),
    (
        "UPDATE lines SET order_id = order_id + 1, tag = 'other' WHERE id % 6 = 0",
        "DELETE FROM orders WHERE id % 10 = 3",
    ),
    (
        "INSERT INTO customers VALUES (99, 'late', true, 2)",
        "INSERT INTO orders VALUES (900, 99, '2026-05-01', 2), (901, 99, '2026-05-02', 0)",
        "INSERT INTO lines VALUES (9000, 900, 't1', 4)",
        "UPDATE customers SET country = 'later' WHERE id = 99",
        "UPDATE orders SET at = '2026-05-03', customer_id = 1 WHERE id = 901",
    ),
    ("DELETE FROM orders WHERE customer_id < 12", "UPDATE customers SET country = upper(country) || '!'"),
    ("DELETE FROM customers",),
)
NOW = Debounced(Debounce(quiet=0))


def never(*_: object) -> bool:
    return False


def nothing(*_: object) -> list[object]:
    return []


def brought_up(make_case: MakeCase, text: str, refresh: Refresh = NOW) -> Case:
    case = make_case(DDL, text, key=KEYS[text], driving=(), refresh=refresh)
    case.refresh()
    assert [column.name for column in case.described().anchor] == [*KEYS[text]]
    return case


@pytest.mark.parametrize("text", KEYS, ids=IDS)
@pytest.mark.parametrize("refresh", [NOW, Realtime(Debounce(quiet=0))], ids=["debounced", "realtime"])
@pytest.mark.parametrize("together", [True, False], ids=["one transaction", "several"])
def test_changes_with_anchor_of_several_tables_rows_stay_right(
    make_case: MakeCase, monkeypatch: pytest.MonkeyPatch, text: str, refresh: Refresh, together: bool
) -> None:
    case = brought_up(make_case, text, refresh)
    monkeypatch.setattr("denorm_assets.db.changes.anchor_rows._whole_is_cheaper", never)
    assert case.whole_sources() == []
    for changes in CHANGES:
        for change in ["; ".join(changes)] if together else changes:
            case.write(change)
        case.refresh_if_due()
        case.assert_right()
    assert [name for name, result in case.checks().items() if not result.passed] == []


@pytest.mark.parametrize("first", ["customers", "orders"])
def test_changes_of_both_sides_in_two_transactions_before_dispatch_rows_stay_right(
    make_case: MakeCase, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    case = brought_up(make_case, DAYS)
    monkeypatch.setattr("denorm_assets.db.changes.anchor_rows._whole_is_cheaper", never)
    changes = {
        "customers": "UPDATE customers SET country = 'elsewhere' WHERE id = 3",
        "orders": "UPDATE orders SET at = '2026-07-01', customer_id = 6 WHERE customer_id = 3",
    }
    case.write(changes.pop(first))
    [other] = changes.values()
    case.write(other)
    case.refresh_if_due()
    case.assert_right()


def test_planted_rows_of_the_log_left_out_row_of_both_old_values_stays(
    make_case: MakeCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(affected_anchors, "_logged", nothing)
    monkeypatch.setattr("denorm_assets.db.changes.anchor_rows._whole_is_cheaper", never)
    case = brought_up(make_case, DAYS)
    case.write("UPDATE customers SET country = 'one' WHERE id = 3")
    case.write("UPDATE orders SET at = '2026-07-01' WHERE customer_id = 3")
    case.refresh_if_due()
    with pytest.raises(AssertionError):
        case.assert_right()


def test_realtime_with_cascade_recomputes_rows_in_transaction(make_case: MakeCase) -> None:
    case = brought_up(make_case, DAYS, Realtime())
    case.run("ANALYZE")
    case.write("INSERT INTO customers VALUES (99, 'late', true, 2)")
    case.write("INSERT INTO orders VALUES (900, 99, '2026-05-01', 2)")
    assert case.rows("SELECT orders FROM links WHERE country = 'late'") == [(1,)]
    case.write("DELETE FROM customers WHERE id = 99")
    assert case.rows("SELECT orders FROM links WHERE country = 'late'") == []


def test_dispatch_with_anchor_of_several_tables_affects_these_alone(make_case: MakeCase) -> None:
    case = brought_up(make_case, DAYS)
    case.write("UPDATE customers SET country = 'one' WHERE id = 3; UPDATE orders SET at = '2026-07-01' WHERE id = 2")
    stale = case.rows("SELECT s.anchor FROM denorm.read_model AS m, denorm.stale_anchors(m.id) AS s ORDER BY 1")
    days = ["2026-03-28", "2026-03-29", "2026-03-30", "2026-03-31", "2026-04-01", "2026-07-01"]
    assert {anchor for (anchor,) in stale} <= {f'["{country}", "{day}"]' for country in ("C3", "one") for day in days}


def test_expansion_of_source_whose_logged_columns_moved_finds_values_in_log(make_case: MakeCase) -> None:
    case = brought_up(make_case, DAYS)
    moved = "UPDATE denorm.source SET logged_columns = ARRAY['added'] || logged_columns WHERE table_name = 'customers'"
    case.run(moved)
    case.write("UPDATE orders SET at = '2026-07-01' WHERE customer_id = 3")
    case.run(
        "INSERT INTO denorm.change_log (source_id, image) SELECT id, ARRAY(SELECT CASE c WHEN 'id' THEN '3'"
        " WHEN 'country' THEN 'gone' WHEN 'active' THEN 't' END FROM unnest(logged_columns) AS c)"
        " FROM denorm.source WHERE table_name = 'customers'"
    )
    stale = case.rows("SELECT s.anchor FROM denorm.read_model AS m, denorm.stale_anchors(m.id) AS s")
    assert ('["gone", "2026-07-01"]',) in stale


@pytest.mark.parametrize(
    ("text", "key"),
    [
        # Another row of the group can take the place of the one that is joined.
        (
            "SELECT o.total, d.tag, count(*) AS n FROM (SELECT DISTINCT ON (l.tag) l.tag, l.order_id"
            " FROM lines l ORDER BY l.tag, l.id) d JOIN orders o ON o.id = d.order_id GROUP BY 1, 2",
            ("total", "tag"),
        ),
        (
            "SELECT x.price AS total, d.tag, count(*) AS n FROM (SELECT DISTINCT ON (l.tag) l.tag, l.order_id"
            " FROM lines l ORDER BY l.tag, l.id) d JOIN lines x ON x.order_id = d.order_id GROUP BY 1, 2",
            ("total", "tag"),
        ),
    ],
    ids=["other table", "same table"],
)
def test_changes_with_rows_joined_by_what_group_does_not_fix_rows_stay_right(
    make_case: MakeCase, monkeypatch: pytest.MonkeyPatch, text: str, key: tuple[str, ...]
) -> None:
    monkeypatch.setattr("denorm_assets.db.changes.anchor_rows._whole_is_cheaper", never)
    case = make_case(DDL, text, key=key, driving=(), refresh=NOW)
    case.refresh()
    for change in (
        "INSERT INTO lines VALUES (0, 77, 't1', 1), (-1, 78, 't2', 1)",
        "DELETE FROM lines WHERE id < 4",
        "UPDATE lines SET tag = 't9' WHERE id = 5",
    ):
        case.write(change)
        case.refresh_if_due()
        case.assert_right()
    assert len(case.described().anchor) == 1
