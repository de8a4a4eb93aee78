"""The three ways of keeping a read model fresh, and going from one to another by one word."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from denorm_assets.db.apply import replace as replacing
from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.errors import BackfillIncomplete, DefinitionError, RefreshFailed, ReplaceBlocked
from denorm_assets.model.index import Index
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime, Refresh
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case

SALES = """
CREATE TABLE sales (id bigint PRIMARY KEY, shop text, amount numeric NOT NULL);
INSERT INTO sales SELECT n, nullif('shop ' || n % 7, 'shop 3'), n FROM generate_series(1, 500) AS n;
"""
BY_SHOP = "SELECT shop, count(*) AS sales, sum(amount) AS amount FROM sales GROUP BY shop"
RANKED = "SELECT id, amount, rank() OVER (ORDER BY amount DESC) AS place FROM sales"
AT_ONCE = Debounce(quiet=0, max_wait=0)


@pytest.fixture
def sales(make_case: MakeCase) -> Callable[..., Case]:
    """A function that makes a live read model over 500 sales, kept as `refresh` says."""

    def make(refresh: Refresh, definition: str = BY_SHOP, key: tuple[str, ...] = ("shop",), **more: object) -> Case:
        case = make_case(SALES, definition, key=key, driving=(), refresh=refresh, **more)
        case.refresh()
        return case

    return make


def kind(case: Case) -> str:
    return case.value("SELECT relkind::text FROM pg_class WHERE oid = 'links'::regclass")


def test_apply_full_creates_materialized_view_with_key_and_indexes(sales: Callable[..., Case]) -> None:
    case = sales(Full(), indexes=[Index("amount DESC")])
    assert case.rows("SELECT matviewname, ispopulated FROM pg_matviews WHERE schemaname = 'app'") == [("links", True)]
    indexes = case.rows(
        "SELECT indexname, indexdef LIKE '%UNIQUE%' FROM pg_indexes WHERE tablename = 'links' ORDER BY 1"
    )
    assert indexes == [("links_amount_idx", False), ("links_pkey", True)]
    assert case.registered().state == "live"
    assert all(check.passed for check in case.checks().values())


def test_refresh_full_runs_only_after_change(sales: Callable[..., Case]) -> None:
    case = sales(Full(AT_ONCE), RANKED, ("id",))
    assert case.refresh_if_due() == []
    case.write("INSERT INTO sales VALUES (501, 'shop 1', 10000); DELETE FROM sales WHERE id = 3")
    assert case.checks()["matches_definition"].passed, "a stale view is not wrong"
    assert "may be stale" in case.checks()["matches_definition"].summary
    [refreshed] = case.refresh_if_due()
    assert refreshed.drained is not None
    assert refreshed.drained.anchors is None
    case.assert_right()
    assert case.refresh_if_due() == []


def test_refresh_full_open_reader_does_not_block_it(sales: Callable[..., Case]) -> None:
    case = sales(Full(AT_ONCE))
    with case.connect() as reader, reader.transaction():
        reader.execute("SELECT count(*) FROM links")
        case.write("UPDATE sales SET amount = 0 WHERE id = 1")
        [refreshed] = case.refresh_if_due()
        assert refreshed.error is None
    case.assert_right()


def test_refresh_full_repeated_key_fails_and_keeps_rows(sales: Callable[..., Case]) -> None:
    case = sales(Full(AT_ONCE), "SELECT shop, amount FROM sales WHERE id < 8", ("shop",))
    case.write("INSERT INTO sales VALUES (0, 'shop 1', 5)")
    [refreshed] = case.refresh_if_due()
    assert refreshed.error is not None
    assert "the refresh failed" in refreshed.error
    assert case.value("SELECT count(*) FROM links") == 7
    check = case.checks()["kept_fresh"]
    assert not check.passed
    assert check.rows[0]["fault"] == "the last refresh failed"


def test_declaration_clock_in_definition_needs_full_with_every(make_case: MakeCase) -> None:
    definition = "SELECT id, amount / extract(epoch FROM now())::numeric AS worth FROM sales"
    case = make_case(SALES, definition, driving=(), apply=False)
    with pytest.raises(DefinitionError, match=r"now: its value depends on the time.*or declare Full\(every="):
        case.apply()
    case.redeclare(refresh=Full())
    with pytest.raises(DefinitionError, match=r"Full\(every=\.\.\.\)"):
        case.apply()
    case.redeclare(refresh=Full(every=60))
    case.apply()
    case.refresh()
    assert case.refresh_if_due() == []
    case.redeclare(refresh=Full(every=0.01))
    [refreshed] = case.refresh_if_due()
    assert refreshed.decision.reason == "nothing is pending, but the definition depends on the time"
    assert "depends on the time" in case.checks()["matches_definition"].summary


def test_refresh_table_without_ranges_loads_whole_then_by_anchor(
    sales: Callable[..., Case],
) -> None:
    case = sales(Debounced(AT_ONCE))
    assert kind(case) == "r"
    assert case.registered().state == "live"
    case.assert_right()
    case.write(
        "UPDATE sales SET shop = NULL WHERE id = 8; DELETE FROM sales WHERE shop = 'shop 2';"
        " INSERT INTO sales VALUES (501, 'new', 1)",
    )
    [refreshed] = case.refresh_if_due()
    assert refreshed.drained is not None
    assert refreshed.drained.anchors is None or refreshed.drained.anchors == 4
    case.assert_right()
    assert all(check.passed for check in case.checks().values())


def test_finish_unloaded_view_is_refused_naming_refresh(make_case: MakeCase) -> None:
    case = make_case(SALES, BY_SHOP, key=("shop",), driving=(), refresh=Full())
    assert case.registered().state == "declared"
    assert "`denorm-assets refresh shop/links`" in case.checks()["backfill_complete"].summary
    with pytest.raises(BackfillIncomplete, match=r"it was never loaded. Run `denorm-assets refresh shop/links`"):
        case.finish()


@pytest.mark.parametrize("there", [Debounced(AT_ONCE), Realtime(AT_ONCE)])
def test_apply_refresh_kind_changed_replaces_view_by_table_and_back(sales: Callable[..., Case], there: Refresh) -> None:
    case = sales(Full(AT_ONCE), indexes=[Index("amount DESC")])
    role = f"reader_{case.value('SELECT current_database()')}"
    case.run(f"CREATE ROLE {role}")
    case.run(f"GRANT SELECT ON links TO {role}")
    for refresh, expected in ((there, "r"), (Full(AT_ONCE), "m"), (there, "r")):
        case.write("UPDATE sales SET amount = amount + 1 WHERE id % 3 = 0")
        case.redeclare(refresh=refresh)
        assert [step.action for step in plan_system(case.database, case.system).steps][1] == "replace"
        case.apply()
        assert {step.action for step in plan_system(case.database, case.system).steps} == {"keep"}
        assert kind(case) == expected
        case.assert_right()
        case.write("UPDATE sales SET amount = amount + 1 WHERE id % 5 = 0; DELETE FROM sales WHERE shop = 'shop 2'")
        case.refresh_if_due()
        case.assert_right()
        assert all(check.passed for check in case.checks().values())
        names = case.rows("SELECT indexname FROM pg_indexes WHERE tablename = 'links' ORDER BY 1")
        assert names == [("links_amount_idx",), ("links_pkey",)]
        assert case.value(f"SELECT has_table_privilege('{role}', 'links', 'SELECT')")
    case.run(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_apply_debounced_to_realtime_and_back_keeps_rows(sales: Callable[..., Case]) -> None:
    case = sales(Debounced(AT_ONCE))
    before = case.snapshot()
    case.redeclare(refresh=Realtime(AT_ONCE))
    case.apply()
    case.write("INSERT INTO sales VALUES (501, 'new', 1)")
    assert case.value("SELECT amount FROM links WHERE shop = 'new'") == 1
    case.redeclare(refresh=Debounced(AT_ONCE))
    case.apply()
    case.write("INSERT INTO sales VALUES (502, 'newer', 1)")
    assert case.rows("SELECT FROM links WHERE shop = 'newer'") == []
    case.refresh_if_due()
    case.assert_right()
    assert before.items() <= case.snapshot().items()


def test_apply_replaced_view_read_by_older_snapshot_is_blocked(
    sales: Callable[..., Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replacing, "_SNAPSHOT_PATIENCE", 0.2)
    case = sales(Full(AT_ONCE))
    case.redeclare(refresh=Debounced(AT_ONCE))
    with case.connect() as reader, reader.transaction():
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        before = reader.execute("SELECT count(*) FROM sales").fetchall()
        with pytest.raises(ReplaceBlocked, match=r"process \d+ of postgres \(idle in transaction for"):
            case.apply()
        assert reader.execute("SELECT sum(sales) FROM links").fetchall() == before
    case.apply()
    assert kind(case) == "r"
    case.assert_right()


def test_apply_changed_view_serves_old_rows_until_filled(sales: Callable[..., Case]) -> None:
    case = sales(Full(AT_ONCE))
    case.redefine("SELECT shop, count(*) AS sales FROM sales GROUP BY shop")
    assert case.value("SELECT count(amount) FROM links") == 7
    case.apply()
    with pytest.raises(psycopg.errors.UndefinedColumn):
        case.rows("SELECT amount FROM links")
    case.assert_right()
    assert case.registered().state == "live"


def test_refresher_old_declaration_leaves_new_table_alone(sales: Callable[..., Case]) -> None:
    case = sales(Full(AT_ONCE))
    old_model, old_system = case.model, case.system
    case.redeclare(refresh=Debounced(AT_ONCE))
    case.apply()
    case.write("INSERT INTO sales VALUES (501, 'new', 1)")
    old = Case(case.database, case.url, old_system, old_model)
    assert old.refresh_if_due() == []
    assert case.rows("SELECT FROM denorm.refresh WHERE error IS NOT NULL") == [], "it stands aside"
    old.hang_up()


def test_refresh_full_first_run_with_repeated_key_names_it(make_case: MakeCase) -> None:
    case = make_case(SALES, "SELECT shop, amount FROM sales", key=("shop",), driving=(), refresh=Full())
    with pytest.raises(RefreshFailed, match=r"Key \(shop\)=\(shop \d\) is duplicated"):
        case.refresh()
    assert case.registered().state == "declared"


def test_capture_table_in_unread_cte_is_not_captured(make_case: MakeCase) -> None:
    definition = "WITH unread AS (SELECT id FROM others) SELECT id, amount FROM sales"
    case = make_case(SALES + "CREATE TABLE others (id int);", definition, driving=(), refresh=Debounced(AT_ONCE))
    case.refresh()
    case.write("INSERT INTO others VALUES (1); UPDATE sales SET amount = 0 WHERE id = 3")
    case.refresh_if_due()
    case.assert_right()
    assert case.rows("SELECT table_name FROM denorm.source") == [("sales",)]
