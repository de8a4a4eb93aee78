"""Sources of which a definition names no column: it counts their rows, or asks for one; some have no column."""

from __future__ import annotations

import pytest

from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime, Refresh
from tests.integration.db.conftest import MakeCase
from tests.support.live import bring_up

NOW = Debounce(quiet=0, max_wait=0)
TABLES = """
CREATE TABLE note (id bigint PRIMARY KEY, body text, n int NOT NULL);
CREATE TABLE tag (id bigint PRIMARY KEY, body text);
CREATE TABLE bare ();
CREATE TABLE parted (id int) PARTITION BY LIST (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
INSERT INTO note SELECT n, 'x', n FROM generate_series(1, 5) AS n;
INSERT INTO tag SELECT n, 'x' FROM generate_series(1, 3) AS n;
INSERT INTO bare DEFAULT VALUES;
"""
WRITES = (
    "INSERT INTO note VALUES (77, 'y', 3)",
    "INSERT INTO tag VALUES (77, 'y')",
    "DELETE FROM tag WHERE id = 1",
    "INSERT INTO bare DEFAULT VALUES",
    "INSERT INTO parted VALUES (1), (1)",
    "CREATE TABLE parted_2 PARTITION OF parted FOR VALUES IN (2); INSERT INTO parted VALUES (2)",
    "TRUNCATE note",
    "TRUNCATE tag",
)
COUNTED = {
    "SELECT count(*) AS rows FROM note": "rows",
    "SELECT DISTINCT 1 AS one FROM note": "one",
    "SELECT count(*) AS rows FROM note, tag": "rows",
    "SELECT count(*) AS rows, EXISTS (SELECT FROM tag) AS tagged FROM note": "rows",
    "SELECT n.id, count(*) AS rows FROM note AS n LEFT JOIN tag ON true GROUP BY n.id": "id",
    "SELECT n.id, EXISTS (SELECT FROM tag) AS tagged FROM note AS n": "id",
    "SELECT n.id, s.tags FROM note AS n CROSS JOIN (SELECT count(*) AS tags FROM tag) AS s": "id",
    "SELECT n.id FROM note AS n WHERE 3 IN (SELECT count(*) FROM tag)": "id",
    "WITH x AS (SELECT FROM note) SELECT count(*) AS rows FROM x": "rows",
    "SELECT 1 AS part, count(*) AS rows FROM note UNION ALL SELECT 2, count(*) FROM tag": "part",
    "SELECT g AS id, (SELECT count(*) FROM note) AS rows FROM generate_series(1, 4) AS g": "id",
    "SELECT g AS id FROM generate_series(1, 4) AS g": "id",
    "SELECT 1 AS one": "one",
    "SELECT v.id FROM (VALUES (1), (2)) AS v(id)": "id",
    "SELECT count(*) AS rows FROM bare": "rows",
    "SELECT n.id, (SELECT count(*) FROM bare) AS rows FROM note AS n": "id",
    "SELECT count(*) AS rows FROM parted": "rows",
}
"""Definition -> key."""


@pytest.mark.parametrize("refresh", [Full(NOW), Debounced(NOW), Realtime(NOW)], ids=["full", "debounced", "realtime"])
@pytest.mark.parametrize("definition", COUNTED)
def test_refresh_source_without_named_column_is_followed(
    make_case: MakeCase, definition: str, refresh: Refresh
) -> None:
    case = make_case(TABLES, definition, key=(COUNTED[definition],), driving=(), refresh=refresh, apply=False)
    bring_up(case.database, case.system)
    case.assert_right()
    for write in WRITES:
        case.write(write)
        case.refresh_if_due()
        # A new partition is captured at a look, and so stale at the next.
        case.refresh_if_due()
        case.assert_right()
    case.apply()
    assert case.checks()["kept_fresh"].passed


def test_refresh_unnamed_columns_dropped_still_works(make_case: MakeCase) -> None:
    case = make_case(TABLES, "SELECT count(*) AS rows FROM note", key=("rows",), driving=(), refresh=Full(NOW))
    case.refresh()
    case.write("ALTER TABLE note DROP COLUMN n, DROP COLUMN body")
    case.write("DELETE FROM note WHERE id < 3")
    case.refresh_if_due()
    case.assert_right()
    assert case.checks()["kept_fresh"].passed


@pytest.mark.parametrize("refresh", [Full(NOW), Debounced(NOW), Realtime(NOW)], ids=["full", "debounced", "realtime"])
@pytest.mark.parametrize(
    "branches",
    [
        "SELECT id, 'note' AS kind FROM note UNION ALL SELECT id, 'tag' FROM tag",
        "SELECT id, body AS kind FROM note UNION SELECT id, upper(body) || '!' FROM tag",
        "SELECT id, n AS kind FROM note EXCEPT SELECT id, length(body) FROM tag",
        "SELECT id, 1.5 AS kind FROM note UNION ALL SELECT id, 2 FROM tag",
    ],
)
@pytest.mark.parametrize("grouped", [False, True], ids=["at_top", "in_from"])
def test_load_nameless_column_in_later_branch_goes_live(
    make_case: MakeCase, grouped: bool, branches: str, refresh: Refresh
) -> None:
    """PostgreSQL prints such a column with a name once it reads what it printed without one."""
    definition = f"SELECT u.id, max(u.kind::text) AS kind, count(*) AS n FROM ({branches}) AS u GROUP BY u.id"
    key = ("id",) if grouped else ("id", "kind")
    case = make_case(TABLES, definition if grouped else branches, key=key, driving=(), refresh=refresh, apply=False)
    bring_up(case.database, case.system)
    for write in ("UPDATE note SET n = 7 WHERE id = 2", "INSERT INTO tag VALUES (78, 'z')"):
        case.write(write)
        if not isinstance(refresh, Realtime):
            case.refresh_if_due()
        case.assert_right()
    case.apply()
    assert case.checks()["kept_fresh"].passed
