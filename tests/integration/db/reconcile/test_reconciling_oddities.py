"""What a hostile reader found: anchors that are NULL or look different, changes to everything, rows of odd types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from denorm_assets.db.reconcile import reconciliation
from denorm_assets.db.reconcile.reconcile import last_reconciliation
from denorm_assets.errors import DefinitionError
from denorm_assets.model.reconcile import Reconciled, ReconcileOptions
from denorm_assets.model.refresh import Debounce, Full
from tests.integration.db.conftest import MakeCase
from tests.integration.db.reconcile.test_reconciling import audited, reconcile
from tests.support.case import Case

THINGS = """
CREATE TABLE items (id bigint PRIMARY KEY, owner numeric, body text, doc json);
INSERT INTO items SELECT n, n % 10, 'item ' || n, '{"b": 1,  "a": 2}' FROM generate_series(1, 500) AS n;
"""
BY_OWNER = "SELECT owner, count(*) AS things FROM items GROUP BY owner"


@pytest.fixture
def by_owner(make_case: MakeCase) -> Case:
    case = make_case(THINGS, BY_OWNER, key=("owner",), driving=())
    case.refresh()
    return case


@pytest.fixture
def rows(make_case: MakeCase) -> Case:
    case = make_case(THINGS, "SELECT id, body, doc FROM items")
    case.load()
    case.finish()
    return case


def test_reconcile_pending_null_anchor_is_no_drift(by_owner: Case) -> None:
    by_owner.write("INSERT INTO items (id, body) VALUES (9000, 'of nobody')")
    assert reconcile(by_owner).passed
    assert by_owner.checks()["matches_definition"].passed
    assert audited(by_owner) == []


def test_reconcile_pending_anchor_spelled_differently_is_same_anchor(by_owner: Case) -> None:
    by_owner.write("INSERT INTO items (id, owner) VALUES (9000, 3.00)")
    assert reconcile(by_owner).passed
    assert audited(by_owner) == []
    by_owner.refresh()
    by_owner.assert_right()


def test_reconcile_nothing_compared_does_not_pass(rows: Case) -> None:
    rows.run("UPDATE links SET body = 'wrong'")
    done = reconcile(rows, deadline=0.0)
    assert not done.passed
    assert done.nothing_known
    assert done.check().warning_only
    assert "nothing was compared" in done.summary
    with rows.database.session(rows.system.schema) as session:
        last = last_reconciliation(session, "shop/links", rows.registered())
    assert (last.passed, last.warning_only) == (False, True)


def test_reconcile_pending_truncate_is_undetermined(rows: Case) -> None:
    rows.run("UPDATE links SET body = 'wrong' WHERE id = 3")
    rows.write("TRUNCATE items")
    done = reconcile(rows)
    assert not done.passed
    assert done.nothing_known
    assert "wait for the next refresh" in done.summary
    check = rows.checks()["matches_definition"]
    assert (check.passed, check.warning_only) == (False, True)
    assert audited(rows) == []


def test_reconcile_truncate_before_repair_repairs_nothing(rows: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    rows.run("UPDATE links SET body = 'wrong' WHERE id = 3")
    _before_locating(rows, monkeypatch, "TRUNCATE items")
    reconcile(rows)
    assert audited(rows) == []


def test_reconcile_change_before_locating_is_no_drift(rows: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    rows.run("UPDATE links SET body = 'wrong' WHERE id = 3")
    _before_locating(rows, monkeypatch, "UPDATE items SET body = 'new' WHERE id = 3")
    assert reconcile(rows).passed


def _before_locating(case: Case, monkeypatch: pytest.MonkeyPatch, statement: str) -> None:
    original: Callable[..., Any] = reconciliation.locate

    def write_first(*args: Any) -> Any:
        case.write(statement)
        return original(*args)

    monkeypatch.setattr(reconciliation, "locate", write_first)


def test_audit_json_is_kept_as_written(rows: Case) -> None:
    rows.run("""UPDATE links SET doc = '{"a": "\\u0000"}' WHERE id = 3; UPDATE links SET body = 'x' WHERE id = 4""")
    assert reconcile(rows).repaired == 2
    third = next(row for row in audited(rows) if row["key"] == {"id": 3})
    assert (third["before"]["doc"], third["after"]["doc"]) == ('{"a": "\\u0000"}', '{"b": 1,  "a": 2}')


def test_audit_key_spelled_differently_is_same_key(by_owner: Case) -> None:
    by_owner.run("UPDATE items SET owner = owner::numeric(10, 2)")
    by_owner.run("UPDATE links SET things = 0 WHERE owner = 7")
    assert reconcile(by_owner).repaired == 1
    assert [row["key"] for row in audited(by_owner)] == [{"owner": 7}]


def test_reconcile_cap_table_grown_since_load_counts_present_rows(make_case: MakeCase) -> None:
    case = make_case(THINGS.replace("1, 500", "1, 1"), "SELECT id, body FROM items")
    case.load()
    case.finish()
    case.write("INSERT INTO items SELECT n, n, 'item' FROM generate_series(2, 20000) AS n")
    case.refresh()
    case.run("UPDATE links SET body = 'wrong' WHERE id > 19850")
    assert reconcile(case).repaired == 150


def test_reconcile_quarantined_row_does_not_stop_repair_of_its_range(make_case: MakeCase) -> None:
    case = make_case(THINGS, "SELECT id, 1 / (owner - 20) AS x FROM items")
    case.load()
    case.finish()
    case.write("UPDATE items SET owner = 20 WHERE id = 5")
    case.refresh()
    case.run("UPDATE links SET x = 7 WHERE id = 6")
    done = reconcile(case)
    assert (done.passed, done.repaired, done.left_out) == (True, 1, 1)


def test_reconcile_view_cannot_be_computed_fails_saying_why(make_case: MakeCase) -> None:
    case = make_case(THINGS, "SELECT id, 1 / (owner - 20) AS x FROM items", driving=(), refresh=Full())
    case.refresh()
    case.run("UPDATE items SET owner = 20 WHERE id = 5")
    done = reconcile(case)
    assert not done.passed
    assert "1 segments could not be compared or repaired (as a whole: division by zero)" in done.summary
    assert "the comparison failed: division by zero" in case.checks()["matches_definition"].summary


def test_reconcile_view_refreshed_by_other_is_refreshed_again(make_case: MakeCase) -> None:
    case = make_case(THINGS, "SELECT id, body FROM items", driving=(), refresh=Full(Debounce(), every=3_600))
    case.refresh()
    case.run("UPDATE items SET body = 'later'")
    case.run("REFRESH MATERIALIZED VIEW links")
    assert "or refreshed by somebody else" in reconcile(case, ReconcileOptions()).summary
    done: Reconciled = reconcile(case)
    assert done.passed
    assert [(row["key"], row["cause"]) for row in audited(case)] == [
        (None, "it was altered, or refreshed by somebody else")
    ]


@pytest.mark.parametrize("column", ["denorm_row", "denorm_held"])
def test_definition_column_with_reserved_name_is_refused(make_case: MakeCase, column: str) -> None:
    with pytest.raises(DefinitionError, match="one that does not begin with denorm_"):
        make_case(THINGS, f"SELECT id, body AS {column} FROM items")


def test_declaration_array_as_first_key_column_is_refused(make_case: MakeCase) -> None:
    ddl = "CREATE TABLE items (tags text[] PRIMARY KEY, id int NOT NULL)"
    with pytest.raises(DefinitionError, match="Select another column and name it in `key`"):
        make_case(ddl, "SELECT tags, ARRAY[id] AS ids FROM items", key=("tags", "ids"), driving=())
    assert (
        make_case(ddl, "SELECT tags, id FROM items", key=("tags", "id"), driving=()).described().anchor[0].name == "id"
    )
