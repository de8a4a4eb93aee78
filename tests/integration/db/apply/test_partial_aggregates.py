"""Definitions that aggregate all rows: kept by blocks of IDs where their aggregates can be put together."""

from __future__ import annotations

import pytest

from denorm_assets.db.apply.explain_models import explain_system
from denorm_assets.db.compare.compare import compare_settled
from denorm_assets.db.introspection.reach import id_blocks
from denorm_assets.db.reconcile.reconcile import reconcile_model
from denorm_assets.model.reconcile import ReconcileOptions
from denorm_assets.model.refresh import Debounce, Debounced, Realtime
from denorm_assets.sql.rows.predicates import EVERY_ROW
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case
from tests.support.live import wrong_rows

DDL = """
CREATE TABLE sales (
    id bigint PRIMARY KEY, part integer NOT NULL, price numeric NOT NULL, units integer, weight float8, open boolean,
    note text COLLATE "C", took interval
);
CREATE TABLE parts (id integer PRIMARY KEY, kind text NOT NULL, size smallint);
CREATE TABLE lines (sale bigint NOT NULL, line smallint, units integer NOT NULL, PRIMARY KEY (sale, line));
INSERT INTO parts SELECT n, CASE n % 3 WHEN 0 THEN 'promo' ELSE 'plain' END, n FROM generate_series(1, 12) AS n;
INSERT INTO sales SELECT n * 5000 - 100000, 1 + n % 12, n * 1.50, nullif(n % 7, 0), n / 3.0, n % 5 > 0, 'n' || n,
    n * interval '90 minutes' FROM generate_series(1, 60) AS n;
INSERT INTO lines SELECT n * 5000 - 100000, m, n FROM generate_series(1, 60) AS n, generate_series(1, 3) AS m;
CREATE VIEW dear AS SELECT id, part, price FROM sales WHERE price > 20;
CREATE VIEW totals AS SELECT count(*) AS n, sum(price) AS price FROM sales;
ANALYZE;
"""
CHANGES = (
    "UPDATE sales SET price = price + 0.125 WHERE id = 5000",
    "INSERT INTO sales VALUES (7, 3, 10, 2, 1, false, 'new', '1 day'), (-90001, 4, 1.000, NULL, 2, true, NULL, NULL)",
    "UPDATE parts SET kind = 'promo' WHERE id = 5; DELETE FROM sales WHERE part = 5 AND id < 0",
    "UPDATE sales SET id = id + 1000000 WHERE id % 3 = 0",
    "DELETE FROM lines WHERE units % 4 = 0; UPDATE lines SET sale = sale + 5000, line = line + 10 WHERE line = 2",
    "DELETE FROM parts WHERE id = 7; UPDATE sales SET part = 7 WHERE part = 8;"
    " UPDATE sales SET note = 'A' WHERE id = 7",
    "DELETE FROM sales WHERE id > 20000",
    "TRUNCATE lines",
    "DELETE FROM sales; DELETE FROM parts",
    "INSERT INTO parts VALUES (1, 'promo', 1); INSERT INTO sales VALUES (1, 1, 5, 1, 1, true, 'b', '1 hour')",
)
KEPT = {
    "count": "SELECT count(*) AS n FROM sales",
    "sums": "SELECT sum(units) AS units, sum(id) AS ids, sum(price) AS price, sum(took) AS took, count(units) AS n"
    " FROM sales",
    "averages": "SELECT avg(units) AS n, avg(price) AS price, avg(took) AS took, avg(id) AS id FROM sales",
    "extremes": "SELECT count(*) AS n, min(note) AS first, max(note) AS last, max(took) AS longest, min(weight) AS w"
    " FROM sales",
    "truths": "SELECT count(*) AS n, bool_and(open) AS all_open, bool_or(open) AS some_open FROM sales",
    "a ratio": "SELECT 100.00 * sum(CASE WHEN p.kind = 'promo' THEN s.price ELSE 0 END) / sum(s.price) AS n"
    " FROM sales s, parts p WHERE s.part = p.id",
    "alternatives": "SELECT sum(s.price) AS n FROM sales s, parts p WHERE p.id = s.part AND p.kind = 'promo'"
    " AND s.units > 2 OR p.id = s.part AND p.size > 4",
    "a subquery": "SELECT sum(s.price) / 7.0 AS n FROM sales s, parts p WHERE p.id = s.part AND s.units <"
    " (SELECT 0.9 * avg(o.units) FROM sales o WHERE o.part = p.id)",
    "filters": "SELECT count(*) FILTER (WHERE units > 3) AS n, avg(price) FILTER (WHERE open) AS price FROM sales",
    "having": "SELECT count(*) AS n, sum(units) AS units FROM sales HAVING count(*) > 40",
    "an outer join": "SELECT count(*) AS n, count(p.id) AS known, sum(p.size) AS size FROM sales s"
    " LEFT JOIN parts p ON p.id = s.part",
    "two of one": "SELECT count(*) AS n, sum(a.units * b.units) AS product FROM sales a JOIN sales b"
    " ON b.part = a.part AND b.id > a.id",
    "a view": "SELECT count(*) AS n, sum(d.price) AS price FROM dear d JOIN parts p ON p.id = d.part",
    "a right join": "SELECT count(s.id) AS n FROM sales s RIGHT JOIN parts p ON p.id = s.part AND p.size > s.units",
    "a key of two": "SELECT coalesce(sum(units), 0) AS n, 'of all' AS what, count(*) > 3 AS many FROM lines",
    "exists": "SELECT count(*) AS n FROM sales WHERE EXISTS (SELECT FROM lines WHERE sale = id AND lines.units > 9)",
    "counters": "SELECT (SELECT count(*) FROM sales) AS n, (SELECT max(size) FROM parts) AS size,"
    " (SELECT sum(units) FROM lines WHERE units > 3) AS units",
    "several rows": "SELECT 'sales' AS n, count(*) AS c FROM sales UNION ALL SELECT 'parts', count(*) FROM parts",
    "subqueries": "SELECT a.n, b.n AS m, a.n / nullif(b.n, 0) AS share FROM (SELECT count(*) AS n FROM sales) a,"
    " (SELECT sum(units) AS n FROM lines) b",
    "common": "WITH a AS (SELECT count(*) AS n, sum(units) AS u FROM sales) SELECT n, u * 100 / nullif(n, 0) AS share,"
    " (SELECT avg(size) FROM parts) AS size FROM a WHERE n <> 7",
    "a view of aggregates": "SELECT t.n, t.price > 100 AS much FROM totals t",
    "once more": "SELECT sum(units) + sum(units) AS n, sum(units) AS units FROM sales ORDER BY 1",
}
GROUPED = {
    "a column": (("n",), "SELECT open AS n, count(*) AS c, sum(price) AS price FROM sales GROUP BY open"),
    "two tables": (
        ("n", "units"),
        "SELECT p.kind AS n, s.units, avg(s.price) AS price FROM sales s JOIN parts p ON p.id = s.part GROUP BY 1, 2",
    ),
    "an expression": (
        ("n",),
        "SELECT s.units % 3 AS n, count(*) AS c, min(s.note) AS first FROM sales s GROUP BY s.units % 3"
        " HAVING count(*) > 2",
    ),
    "values that look different": (("n",), "SELECT price AS n, count(*) AS c FROM sales GROUP BY price"),
    "a collation": (("n",), "SELECT left(note, 1) AS n, max(took) AS took FROM sales GROUP BY left(note, 1)"),
    "rollup": (
        ("n", "open", "level"),
        "SELECT units AS n, open, grouping(units, open) AS level, count(*) AS c FROM sales"
        " GROUP BY ROLLUP (units, open)",
    ),
    "cube": (
        ("n", "units", "level"),
        "SELECT open AS n, units, grouping(open, units) AS level, sum(price) AS price, avg(units) AS a FROM sales"
        " GROUP BY CUBE (open, units)",
    ),
    "grouping sets": (
        ("n", "kind", "level"),
        "SELECT s.units AS n, p.kind, grouping(s.units, p.kind) AS level, count(*) AS c FROM sales s"
        " LEFT JOIN parts p ON p.id = s.part GROUP BY GROUPING SETS ((s.units), (p.kind), ()) HAVING count(*) > 1",
    ),
    "dependent columns": (
        ("n",),
        "SELECT p.id AS n, p.kind, count(*) AS c FROM sales s JOIN parts p ON p.id = s.part GROUP BY p.id",
    ),
    "the best": (
        ("n",),
        "SELECT part AS n, sum(price) AS price FROM sales GROUP BY part ORDER BY sum(price) DESC, part LIMIT 3",
    ),
    "shares of all": (
        ("n",),
        "SELECT g.n, g.c, round(100.0 * g.c / t.total, 2) AS share FROM (SELECT part AS n, count(*) AS c FROM sales"
        " GROUP BY part) g CROSS JOIN (SELECT count(*) AS total FROM sales) t",
    ),
    "groups of groups": (
        ("n",),
        "SELECT g.c AS n, count(*) AS parts FROM (SELECT part, count(*) AS c FROM sales GROUP BY part) g GROUP BY g.c",
    ),
    "a name that is used again": (
        ("n",),
        "SELECT s.units AS n, count(*) AS c FROM sales s WHERE s.part IN (SELECT s.id FROM parts s WHERE s.size > 3)"
        " GROUP BY s.units",
    ),
    "no aggregates": (("n", "open"), "SELECT units AS n, open FROM sales GROUP BY units, open"),
}
OTHERS = {
    "distinct": "SELECT count(DISTINCT part) AS n FROM sales",
    "in an order": "SELECT string_agg(note, ',' ORDER BY note, id) AS n FROM sales",
    "floats": "SELECT count(*) AS n, variance(units) AS v FROM sales",
    "a scalar subquery": "SELECT count(*) AS n, (SELECT max(size) FROM parts) AS size FROM sales",
    "limited": "SELECT count(*) AS n FROM (SELECT id FROM sales ORDER BY id LIMIT 10) AS first",
    "a whole row": "SELECT p.id AS n, to_jsonb(p) AS p, count(s) AS c FROM sales s JOIN parts p ON p.id = s.part"
    " GROUP BY p.id",
    "a row of groups": "SELECT g.n, (SELECT count(*) FROM parts p WHERE p.kind = g::text) AS c"
    " FROM (SELECT part AS n, count(*) AS c FROM sales GROUP BY part) g",
    "a name outside": "SELECT g.n, (SELECT count(*) FROM parts p WHERE p.size > g.c"
    " AND EXISTS (SELECT FROM lines g WHERE g.units = p.size)) AS c"
    " FROM (SELECT part AS n, count(*) AS c FROM sales GROUP BY part) g",
    "only an outer join": "SELECT count(*) AS n FROM (VALUES (1)) AS v (x) LEFT JOIN sales s ON true",
}
NOW = Debounced(Debounce(quiet=0))


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a few rows, too, there are several blocks."""
    monkeypatch.setattr(id_blocks, "LEAST_ROWS", 2)
    monkeypatch.setattr(id_blocks, "ROWS_OF_LARGE_GROUP", 0)


def keyed(make_case: MakeCase, text: str) -> Case:
    return make_case(DDL, text, key=("n",), driving=(), refresh=NOW)


def assert_kept_by_blocks(case: Case) -> None:
    """No change is of everything, and none leaves a wrong row."""
    assert case.whole_sources() == []
    for change in CHANGES:
        case.write(change)
        for refreshed in case.refresh_if_due():
            assert refreshed.error is None
        case.assert_right()
    assert [name for name, result in case.checks().items() if not result.passed] == []


@pytest.mark.parametrize("name", KEPT)
def test_changes_of_aggregated_rows_recompute_blocks_and_row_stays_right(make_case: MakeCase, name: str) -> None:
    case = keyed(make_case, KEPT[name])
    case.refresh()
    case.assert_right()
    assert_kept_by_blocks(case)


@pytest.mark.parametrize("name", GROUPED)
def test_changes_in_large_groups_recompute_blocks_and_rows_stay_right(make_case: MakeCase, name: str) -> None:
    key, text = GROUPED[name]
    case = make_case(DDL, text, key=key, driving=(), refresh=NOW)
    case.refresh()
    case.assert_right()
    assert case.described().partials is not None
    assert_kept_by_blocks(case)


@pytest.mark.parametrize("name", OTHERS)
def test_aggregates_that_no_parts_make_are_kept_as_a_whole(make_case: MakeCase, name: str) -> None:
    case = keyed(make_case, OTHERS[name])
    assert case.described().partials is None
    case.refresh()
    for change in CHANGES:
        case.write(change)
        case.refresh_if_due()
        case.assert_right()


def test_change_of_one_row_with_many_blocks_reads_its_block(make_case: MakeCase) -> None:
    case = keyed(make_case, KEPT["sums"])
    case.refresh()
    case.write("UPDATE sales SET units = 1")
    case.refresh_if_due()
    kept = case.rows("SELECT block, xmin::text FROM denorm.partial")
    case.write("UPDATE sales SET units = 2 WHERE id = 5000")
    [refreshed] = case.refresh_if_due()
    assert refreshed.drained is not None
    assert refreshed.drained.anchors == 1
    assert len({*kept} - {*case.rows("SELECT block, xmin::text FROM denorm.partial")}) == 1


def test_explain_of_blocks_names_ids_and_indexes_on_the_way(make_case: MakeCase) -> None:
    case = make_case(DDL, KEPT["a ratio"], key=("n",), driving=(), refresh=NOW)
    [explained] = explain_system(case.database, case.system)
    assert [source.sentence for source in explained.sources] == [
        "A change in sales recomputes the aggregates of a block of 16,384 IDs (sales.id); rows are made of those "
        "of all blocks.",
        "A change in parts recomputes the aggregates of a block of 16,384 IDs (sales.id), found through sales.part = "
        "parts.id; rows are made of those of all blocks.",
    ]
    assert [index.on for index in explained.missing_indexes] == ["app.sales (part)"]


@pytest.mark.parametrize("tampered", ["DELETE FROM denorm.partial", "UPDATE denorm.partial SET states = '{7}'"])
def test_reconcile_partials_that_are_wrong_are_made_again(make_case: MakeCase, tampered: str) -> None:
    case = keyed(make_case, KEPT["count"])
    case.refresh()
    case.write("DELETE FROM sales WHERE id < 0")
    case.refresh_if_due()
    case.write(tampered)
    case.write("DELETE FROM sales WHERE id < 10000")
    case.refresh_if_due()
    assert not case.checks()["matches_definition"].passed
    reconcile_model(case.database, case.system, case.model, ReconcileOptions(repair=True, most_share=1))
    case.assert_right()
    case.write("DELETE FROM sales WHERE id < 20000")
    case.refresh_if_due()
    case.assert_right()


def test_redeclared_one_row_definition_forgets_partials_of_the_one_before(make_case: MakeCase) -> None:
    case = keyed(make_case, KEPT["count"])
    case.refresh()
    case.write("DELETE FROM sales WHERE id < 0")
    case.refresh_if_due()
    case.redefine("SELECT sum(units) AS n FROM sales")
    case.apply()
    case.refresh()
    case.write("DELETE FROM sales WHERE id < 10000")
    case.refresh_if_due()
    case.assert_right()


def test_realtime_aggregates_of_all_rows_have_no_blocks(make_case: MakeCase) -> None:
    case = make_case(DDL, KEPT["sums"], key=("units",), driving=(), refresh=Realtime(Debounce(quiet=0)))
    assert case.described().blocks == ()


def test_comparison_with_pending_block_is_undetermined(make_case: MakeCase) -> None:
    case = keyed(make_case, KEPT["count"])
    case.refresh()
    case.write("DELETE FROM sales WHERE id = 5000")
    with case.database.session("app") as session:
        comparison = compare_settled(session, case.described(), EVERY_ROW, case.registered().model_id)
    assert comparison.undetermined
    case.refresh()
    with case.database.session("app") as session:
        comparison = compare_settled(session, case.described(), EVERY_ROW, case.registered().model_id)
    assert comparison.equal
    assert not comparison.undetermined


def test_redefined_view_without_blocks_needs_apply_and_is_whole_from_then_on(make_case: MakeCase) -> None:
    case = keyed(make_case, KEPT["a view of aggregates"])
    case.refresh()
    case.write("CREATE OR REPLACE VIEW totals AS SELECT id AS n, price FROM sales WHERE price < 3")
    case.write(CHANGES[0])
    assert case.refresh_if_due() == []
    assert case.registered().state == "needs_rebuild"
    assert case.described().partials is None
    case.apply()
    case.refresh_if_due()
    case.assert_right()
    assert case.whole_sources() == [("sales",)]
    for change in CHANGES[1:]:
        case.write(change)
        case.refresh_if_due()
        case.assert_right()


TIMED = {
    "due": "SELECT count(*) AS n, sum(units) AS units FROM orders WHERE due_at <= now()",
    "today": "SELECT count(*) AS n, max(due_at) AS last FROM orders WHERE due_at::date = CURRENT_DATE",
    "a window": "SELECT count(*) AS n FROM orders WHERE due_at > now() - interval '2 days' AND due_at <= now()",
    "filters": "SELECT count(*) FILTER (WHERE due_at > now()) AS n, count(*) AS orders FROM orders",
    "counters": "SELECT (SELECT count(*) FROM orders WHERE due_at > now()) AS n,"
    " (SELECT sum(units) FROM orders WHERE due_at BETWEEN now() - interval '1 day' AND now()) AS units",
    "shown": "SELECT count(*) AS n, CURRENT_DATE AS day FROM orders WHERE due_at < CURRENT_DATE",
}
ORDERS = """
CREATE TABLE orders (id bigint PRIMARY KEY, due_at timestamptz NOT NULL, units integer);
INSERT INTO orders SELECT n, timestamptz '2026-01-10 00:00Z' + (n - 50) * interval '2 hours', n % 5
FROM generate_series(1, 100) AS n;
CREATE INDEX ON orders (due_at);
ANALYZE;
"""


@pytest.mark.parametrize("name", TIMED)
def test_clock_in_aggregates_of_all_rows_moves_blocks_and_row_stays_right(make_case: MakeCase, name: str) -> None:
    timeless = Debounced(Debounce(quiet=0), clock=1e9)
    case = make_case(ORDERS, TIMED[name], key=("n",), driving=(), refresh=timeless)
    case.refresh()
    assert len(case.described().blocks) == (2 if name == "counters" else 1)
    assert case.whole_sources() == []
    for day, hours in ((10, 3), (10, 9), (11, 1), (14, 0), (9, 12), (10, 0)):
        case.write(f"SELECT denorm.move_clock(id, '2026-01-{day} {hours}:30Z') FROM denorm.read_model")
        case.refresh_if_due()
        assert at_stored_time(case) == []
        case.write(f"UPDATE orders SET due_at = due_at + interval '5 hours' WHERE id % 7 = {hours}")
        case.refresh_if_due()
        assert at_stored_time(case) == []


def at_stored_time(case: Case) -> list[int]:
    """How many rows differ from the definition at the stored time, if any."""
    return [wrong for wrong in wrong_rows(case.url, case.system).values() if wrong]
