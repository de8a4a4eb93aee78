"""A key that repeats fails at once, with the remedy, however the read model is kept fresh."""

from __future__ import annotations

import pytest

from denorm_assets.errors import RefreshFailed
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime, Refresh
from tests.integration.db.conftest import MakeCase

DDL = (
    "CREATE TABLE parts (id int PRIMARY KEY, kind int NOT NULL);"
    " INSERT INTO parts SELECT n, n % 3 FROM generate_series(1, 9) AS n"
)
KINDS: dict[str, Refresh] = {
    "debounced": Debounced(Debounce(quiet=0)),
    "realtime": Realtime(),
    "full": Full(Debounce(quiet=0)),
}
REMEDY = r"several rows for one key \(.*\)\. Make .*links\.sql yield one row per key \(DISTINCT, GROUP BY\), or add"


@pytest.mark.parametrize("text", ["SELECT p.kind, p.id FROM parts p", "SELECT p.kind FROM parts p"])
@pytest.mark.parametrize("kind", KINDS)
def test_load_repeated_key_fails_with_remedy(make_case: MakeCase, kind: str, text: str) -> None:
    case = make_case(DDL, text, key=("kind",), driving=(), refresh=KINDS[kind])
    with pytest.raises(RefreshFailed, match=REMEDY):
        case.refresh()


@pytest.mark.parametrize("text", ["SELECT p.id % 100 AS k, p.kind FROM parts p", "SELECT p.id % 100 AS k FROM parts p"])
def test_refresh_of_view_key_that_repeats_later_fails_with_remedy(make_case: MakeCase, text: str) -> None:
    case = make_case(DDL, text, key=("k",), driving=(), refresh=KINDS["full"])
    case.refresh()
    case.write("INSERT INTO parts VALUES (101, 5)")
    with pytest.raises(RefreshFailed, match=REMEDY):
        case.refresh()
