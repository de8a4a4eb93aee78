"""Values of hundreds of megabytes: no statement of the application fails for them, and the read model becomes right."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime, Refresh
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case
from tests.support.live import bring_up

NOW = Debounce(quiet=0, max_wait=0)
KINDS = [Debounced(NOW), Realtime(NOW), Full(NOW)]
MEGABYTE = 1_000_000


@pytest.fixture
def live(make_case: MakeCase) -> Callable[..., Case]:
    """A live read model of `items`, in which `data` has the type that is given."""

    def make(kind: str, definition: str, refresh: Refresh = KINDS[0], *, more: str = "") -> Case:
        driving = () if isinstance(refresh, Full) else ("items.id",)
        ddl = f"CREATE TABLE items (id bigint PRIMARY KEY, grp int NOT NULL, seen int, data {kind}, other {kind});"
        case = make_case(
            f"{more}{ddl}INSERT INTO items SELECT n, n FROM generate_series(1, 5) AS n",
            definition,
            driving=driving,
            refresh=refresh,
        )
        bring_up(case.database, case.system)
        return case

    return make


def settle(case: Case) -> None:
    for _ in range(2):
        found = case.refresh_if_due()
        assert [each.error for each in found if each.error] == []
    case.assert_right()
    assert case.value("SELECT count(*) FROM denorm.quarantine") == 0


def images(case: Case) -> list[list[str | None] | None]:
    return [image for (image,) in case.rows("SELECT image FROM denorm.change_log ORDER BY image")]


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS, ids=["debounced", "realtime", "full"])
def test_capture_bytea_of_560_mb_is_refreshed(live: Callable[..., Case], kind: Refresh) -> None:
    """As text it has more than the 1 GB that PostgreSQL makes."""
    case = live("bytea", "SELECT i.id, length(i.data) AS size, i.grp FROM items AS i", kind)
    case.run("ALTER TABLE items ALTER data SET STORAGE EXTERNAL")
    case.write(f"UPDATE items SET data = convert_to(repeat('x', {560 * MEGABYTE}), 'UTF8') WHERE id = 1")
    settle(case)
    case.write("UPDATE items SET grp = 7, seen = 1 WHERE id = 1")
    settle(case)
    case.write("UPDATE items SET data = substr(data, 2) WHERE id = 1")
    settle(case)
    case.write("INSERT INTO items (id, grp, data) SELECT 10, 1, data FROM items WHERE id = 1")
    settle(case)
    case.write("DELETE FROM items WHERE id = 1")
    settle(case)


LARGE = {
    "bytea": "convert_to(repeat('x', 3000000), 'UTF8')",
    "text": "repeat('x', 3000000)",
    "jsonb": "to_jsonb(repeat('x', 3000000))",
    "json": "to_json(repeat('x', 3000000))",
    "numeric[]": "array_fill(1e131071, ARRAY[9000])",
    "bit varying": "repeat('1', 3000000)::bit varying",
    "part": "ROW(array_fill(1e131071, ARRAY[9000]))",
}
"""Some are small on disk, and have more than 1 GB as text."""


@pytest.mark.parametrize("kind", LARGE)
def test_capture_large_values_only_compared_are_not_logged(live: Callable[..., Case], kind: str) -> None:
    case = live(
        kind,
        "SELECT i.id, i.data IS NULL AS none FROM items AS i",
        more="CREATE TYPE part AS (a numeric[]);",
    )
    case.run("ALTER TABLE items ALTER data SET STORAGE EXTERNAL")
    for statement in (
        f"UPDATE items SET data = {LARGE[kind]}, other = {LARGE[kind]} WHERE id = 1",
        "UPDATE items SET seen = 1 WHERE id = 1",
        f"INSERT INTO items VALUES (1, 1, 1, {LARGE[kind]}) ON CONFLICT (id) DO UPDATE SET data = excluded.data",
        f"INSERT INTO items VALUES (9, 1, 1, {LARGE[kind]}, {LARGE[kind]})",
        "MERGE INTO items AS i USING items AS j ON i.id = j.id AND j.id = 9 WHEN MATCHED THEN UPDATE SET data = j.data",
        "UPDATE items SET data = NULL WHERE id = 1",
        "DELETE FROM items WHERE id = 9",
    ):
        case.write(statement)
        assert all(image is not None and len(image[0] or "") < 10 for image in images(case))
        settle(case)


TOO_LARGE = {
    "bytea": "convert_to(repeat('x', 70000000), 'UTF8')",
    "text": "repeat('x', 130000000)",
    "numeric[]": "array_fill(1e131071, ARRAY[9000])",
}


@pytest.mark.parametrize("kind", TOO_LARGE)
@pytest.mark.parametrize("refresh", KINDS[:2], ids=["debounced", "realtime"])
def test_capture_value_too_large_for_log_makes_all_rows_stale(
    live: Callable[..., Case], kind: str, refresh: Refresh
) -> None:
    case = live(
        kind,
        "SELECT i.id, (SELECT count(*) FROM items AS o WHERE o.data = i.data) AS same FROM items AS i",
        refresh,
    )
    assert "data" in case.value("SELECT logged_columns FROM denorm.source")
    case.write(f"INSERT INTO items SELECT n, 1, 1, {TOO_LARGE[kind]} FROM generate_series(8, 9) AS n")
    assert None in images(case)
    settle(case)
    case.write("DELETE FROM items WHERE id = 9")
    settle(case)
    case.write("UPDATE items SET data = NULL WHERE id = 8")
    settle(case)


def test_capture_documents_of_some_megabytes_are_logged(live: Callable[..., Case]) -> None:
    case = live(
        "jsonb",
        "SELECT i.id, (SELECT count(*) FROM items AS o WHERE o.data = i.data) AS same FROM items AS i",
    )
    case.write("UPDATE items SET data = (SELECT jsonb_agg(n % 20) FROM generate_series(1, 300000) AS n) WHERE id = 1")
    assert [len(image[0] or "") for image in images(case) if image is not None] == [
        pytest.approx(1_000_000, rel=0.5),
        0,
    ]
    settle(case)


def test_capture_update_of_other_column_reads_no_large_value(live: Callable[..., Case]) -> None:
    case = live("text", "SELECT i.id, i.grp, length(i.data) > 0 AS given FROM items AS i")
    case.run("ALTER TABLE items ALTER data SET STORAGE EXTERNAL")
    case.run(f"UPDATE items SET data = repeat('x', {3 * MEGABYTE}) WHERE id = 1")

    def blocks_read() -> int:
        case.run("SELECT pg_stat_force_next_flush()")
        case.hang_up()
        return case.value(
            "SELECT toast_blks_hit + toast_blks_read FROM pg_statio_user_tables WHERE relid = 'app.items'::regclass"
        )

    before = blocks_read()
    case.write("UPDATE items SET seen = 5 WHERE id = 1; SELECT pg_stat_force_next_flush()")
    assert ["1"] in images(case)
    assert blocks_read() - before < 100


def test_drain_row_over_one_gigabyte_is_quarantined(live: Callable[..., Case]) -> None:
    """PostgreSQL calls that an internal error."""
    case = live("text", "SELECT i.id, length(repeat('x', i.seen) || repeat('y', i.seen)) AS size FROM items AS i")
    case.write("UPDATE items SET seen = CASE id WHEN 3 THEN 600000000 ELSE 5 END")
    case.refresh_if_due()
    assert case.rows("SELECT anchor FROM denorm.quarantine") == [("3",)]
    assert case.rows("SELECT id, size FROM links ORDER BY id") == [(1, 10), (2, 10), (3, None), (4, 10), (5, 10)]
    case.write("UPDATE items SET seen = 1 WHERE id = 3")
    settle(case)


@pytest.mark.long
def test_dispatch_expansion_over_size_limit_makes_all_rows_stale(live: Callable[..., Case]) -> None:
    case = live(
        "text",
        "SELECT i.id, (SELECT count(*) FROM items AS o"
        " WHERE length(repeat('x', o.seen) || repeat('y', o.seen)) = i.grp) AS same FROM items AS i",
    )
    case.write("UPDATE items SET seen = 600000000 WHERE id = 3")
    case.write("UPDATE items SET seen = 1, grp = 2 WHERE id = 3")
    settle(case)
