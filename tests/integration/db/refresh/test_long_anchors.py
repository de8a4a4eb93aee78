"""Anchors and keys of any length: none stops the log, and one that an index refuses stops its own rows alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from denorm_assets.db.changes import anchor_rows
from denorm_assets.db.changes import drain as drain_module
from denorm_assets.errors import BatchFailed, RefreshFailed
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime
from denorm_assets.model.sql_file import SqlFile
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case

NOW = Debounce(quiet=0, max_wait=0)
TABLES = """
CREATE TABLE visits (
    id bigint PRIMARY KEY, url text NOT NULL, day date NOT NULL DEFAULT '2026-01-01', doc jsonb NOT NULL DEFAULT '{}',
    raw bytea NOT NULL DEFAULT '');
CREATE FUNCTION long(seed int) RETURNS text LANGUAGE sql
    RETURN (SELECT string_agg(md5(format('%s/%s', seed, n)), '') FROM generate_series(1, 188) AS n);
INSERT INTO visits SELECT n, 'https://example.org/' || n % 7 FROM generate_series(1, 50) AS n;
"""
KEPT_BY_HASH = "SELECT md5(url) AS page, url, count(*) AS visits FROM visits GROUP BY url"
SHAPES: Mapping[str, tuple[str, dict[str, Any]]] = {
    "text": ("SELECT url, count(*) AS visits FROM visits GROUP BY url", {"key": ("url",)}),
    "composite": ("SELECT url, day, count(*) AS visits FROM visits GROUP BY url, day", {"key": ("url", "day")}),
    "jsonb": ("SELECT doc, count(*) AS visits FROM visits GROUP BY doc", {"key": ("doc",)}),
    "bytea": ("SELECT raw, count(*) AS visits FROM visits GROUP BY raw", {"key": ("raw",)}),
    "realtime": (
        "SELECT url, count(*) AS visits FROM visits GROUP BY url",
        {"key": ("url",), "refresh": Realtime(NOW)},
    ),
}
LONG = """
INSERT INTO visits (id, url, doc, raw)
SELECT n, long(n), jsonb_build_object('x', long(n)), decode(long(n), 'hex') FROM generate_series(100, 102) AS n
"""


@pytest.fixture
def live(make_case: MakeCase) -> Callable[..., Case]:
    def make(definition: str, **declaration: Any) -> Case:
        case = make_case(TABLES, definition, **{"driving": (), "refresh": Debounced(NOW), **declaration})
        case.refresh()
        return case

    return make


def _never(*_: object) -> bool:
    return False


def beside(case: Case, definition: str, **declaration: Any) -> Case:
    """Another read model of the same database."""
    other = Case(case.database, case.url, case.system, case.model)
    other.model.definition.path.with_name("others.sql").write_text(definition)
    path = SqlFile(other.model.definition.path.with_name("others.sql"))
    other.redeclare(name="others", definition=path, **declaration)
    other.system = type(other.system)("other", "app", other.system.phases)
    other.apply()
    other.refresh()
    return other


@pytest.mark.parametrize("shape", SHAPES)
def test_drain_key_too_long_for_index_is_quarantined_and_others_refreshed(
    live: Callable[..., Case], shape: str
) -> None:
    definition, declared = SHAPES[shape]
    case = live(definition, **declared)
    other = beside(case, "SELECT id, day FROM visits", key=("id",), refresh=Debounced(NOW))
    case.write(LONG + "; INSERT INTO visits (id, url) VALUES (200, 'https://example.org/200')")
    [refreshed] = case.refresh_if_due()
    assert refreshed.drained is not None, refreshed.error
    assert refreshed.drained.quarantined == 3
    assert case.value("SELECT sum(visits) FROM links") == 51
    check = case.checks()["kept_fresh"]
    assert not check.passed
    assert "index row" in str(check.rows[0]["detail"])
    assert {found.error for found in other.refresh_if_due()} == {None}
    other.assert_right()
    assert other.checks()["kept_fresh"].passed
    assert case.rows("SELECT FROM denorm.change_log") == case.rows("SELECT FROM denorm.pending") == []
    case.write("UPDATE visits SET url = 'short', doc = '{}', raw = '' WHERE id >= 100")
    assert {found.error for found in case.refresh_if_due()} == {None}
    case.assert_right()
    assert case.rows("SELECT FROM denorm.quarantine") == []
    assert case.checks()["kept_fresh"].passed


def test_refresh_long_anchor_with_short_key_stays_right(live: Callable[..., Case]) -> None:
    case = live("SELECT url, id FROM visits", key=("id",))
    counted = beside(case, KEPT_BY_HASH, key=("page",), refresh=Full(NOW))
    case.write(LONG)
    case.write("UPDATE visits SET url = long(id::int) WHERE id < 10; DELETE FROM visits WHERE id = 101")
    for each in (case, counted):
        assert {found.error for found in each.refresh_if_due()} <= {None}
        each.assert_right()


def test_drain_long_anchors_are_split_by_memory_limit(
    live: Callable[..., Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain_module, "_BYTES_PER_TRANSACTION", 20_000)
    case = live("SELECT url, max(id) AS id FROM visits GROUP BY url", key=("url",))
    portions: list[int] = []
    monkeypatch.setattr(anchor_rows, "_whole_is_cheaper", _never)
    recompute = drain_module._Draining._recompute  # pyright: ignore[reportPrivateUsage]

    def noted(self: Any, anchors: Any) -> Any:
        portions.append(len(anchors))
        return recompute(self, anchors)

    monkeypatch.setattr(drain_module._Draining, "_recompute", noted)  # pyright: ignore[reportPrivateUsage]
    case.write("INSERT INTO visits (id, url) SELECT n, repeat(n::text, 2500) FROM generate_series(100, 109) AS n")
    [refreshed] = case.refresh_if_due()
    assert refreshed.error is None
    assert max(portions) == 2
    case.assert_right()


def test_refresh_whole_key_too_long_for_index_fails_with_clear_error(live: Callable[..., Case]) -> None:
    case = live("SELECT url, count(*) AS visits FROM visits GROUP BY url", key=("url",), refresh=Full(NOW))
    case.write(LONG)
    [refreshed] = case.refresh_if_due()
    assert refreshed.error is not None
    assert "index row" in refreshed.error
    case = live("SELECT url, count(*) AS visits FROM visits GROUP BY url", key=("url",))
    case.write(LONG)
    with pytest.raises(RefreshFailed, match="index row"):
        case.refresh()


def test_backfill_key_too_long_for_index_fails_its_batch(make_case: MakeCase) -> None:
    case = make_case(TABLES, "SELECT url, id FROM visits", key=("url", "id"), driving=("visits.id",))
    case.run(LONG)
    with pytest.raises(BatchFailed, match="index row"):
        case.load()
