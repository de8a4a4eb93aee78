"""A partition or child that comes and goes between two looks at the catalog: what was computed from it is stale."""

from __future__ import annotations

import pytest

from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime, Refresh
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case

NOW = Debounce(quiet=0, max_wait=0)
TABLES = """
CREATE TABLE items (id bigint, n int NOT NULL);
INSERT INTO items SELECT n, n FROM generate_series(1, 5) AS n;
CREATE TABLE parted (id bigint, n int NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (1000);
INSERT INTO parted SELECT n, n FROM generate_series(1, 5) AS n;
"""
CHILD = "CREATE TABLE child (id bigint, n int NOT NULL); INSERT INTO child VALUES (1500, 1), (1600, 1)"
COMES = {
    "items": "ALTER TABLE child INHERIT items",
    "parted": "ALTER TABLE parted ATTACH PARTITION child FOR VALUES FROM (1000) TO (2000)",
}
GOES = {
    "items": ("ALTER TABLE child NO INHERIT items", "DROP TABLE child"),
    "parted": ("ALTER TABLE parted DETACH PARTITION child", "DROP TABLE child"),
}


@pytest.mark.parametrize("refresh", [Debounced(NOW), Realtime(NOW), Full(NOW)])
@pytest.mark.parametrize(("table", "leaves"), [(table, leaves) for table in COMES for leaves in (0, 1)])
def test_refresh_partition_attached_for_moment_leaves_none_of_its_rows(
    make_case: MakeCase, table: str, leaves: int, refresh: Refresh
) -> None:
    case = make_case(
        TABLES, f"SELECT id, count(*) AS held, sum(n) AS n FROM {table} GROUP BY id", driving=(), refresh=refresh
    )
    case.refresh()
    driver = Refresher(case.database, [case.system])
    # It looks at the catalog now, and for the next second no more.
    driver.look()
    case.write(CHILD)
    case.write(COMES[table])
    case.write(f"UPDATE {table} SET n = 7 WHERE id = 1500")
    driver.look()
    case.write(GOES[table][leaves])
    settle(case)
    case.assert_right()


def test_backfill_partition_attached_for_moment_leaves_none_of_its_rows(make_case: MakeCase) -> None:
    case = make_case(
        TABLES,
        "SELECT i.id, sum(p.n) AS n FROM items AS i LEFT JOIN parted AS p ON p.id = i.id + 1499 GROUP BY i.id",
        refresh=Debounced(NOW),
    )
    case.load()
    case.finish()
    case.write(CHILD)
    case.write(COMES["parted"])
    case.load(again=True)
    case.write(GOES["parted"][0])
    settle(case)
    case.assert_right()


def settle(case: Case) -> None:
    """A few looks of drivers that have just begun."""
    for _ in range(3):
        case.refresh_if_due()


@pytest.mark.parametrize("refresh", [Debounced(NOW), Full(NOW)])
def test_refresh_partition_that_cannot_be_captured_still_runs_once(make_case: MakeCase, refresh: Refresh) -> None:
    """The capture function was dropped, as `plan` says where a foreign table became a partition."""
    case = make_case(
        TABLES, "SELECT id, count(*) AS held, sum(n) AS n FROM parted GROUP BY id", driving=(), refresh=refresh
    )
    case.refresh()
    case.finish()
    case.run("DROP FUNCTION denorm.capture_1() CASCADE")
    case.write(CHILD)
    case.write(COMES["parted"])
    [looked] = Refresher(case.database, [case.system]).look()
    assert looked.error is None
    assert Refresher(case.database, [case.system]).look() == [], "it would be refreshed for ever"
    assert not case.checks()["kept_fresh"].passed
    case.write("UPDATE parted SET n = 9 WHERE id = 3")
    settle(case)
    case.apply()
    settle(case)
    case.assert_right()
    assert case.checks()["kept_fresh"].passed
