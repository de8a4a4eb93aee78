"""UNLOGGED sources: PostgreSQL empties them after a crash, and no trigger fires."""

from __future__ import annotations

import pytest

from denorm_assets.errors import DefinitionError
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime, Refresh
from tests.integration.db.conftest import ITEMS, ITEMS_COPY, MakeCase
from tests.support.live import bring_up

NOW = Debounce(quiet=0, max_wait=0)
REFUSED = r"app\.{}: it is UNLOGGED, .* Run ALTER TABLE app\.{} SET LOGGED"


@pytest.mark.parametrize("refresh", [Debounced(NOW), Realtime(NOW), Full(NOW)])
def test_apply_unlogged_source_is_refused_until_logged(make_case: MakeCase, refresh: Refresh) -> None:
    ddl = ITEMS.format(rows=20) + "ALTER TABLE items SET UNLOGGED"
    case = make_case(ddl, ITEMS_COPY, driving=(), refresh=refresh, apply=False)
    with pytest.raises(DefinitionError, match=REFUSED.format("items", "items")):
        bring_up(case.database, case.system)
    case.run("ALTER TABLE items SET LOGGED")
    bring_up(case.database, case.system)
    case.assert_right()


def test_apply_unlogged_partition_is_refused(make_case: MakeCase) -> None:
    ddl = (
        "CREATE TABLE items (id bigint, body text) PARTITION BY LIST (id);"
        "CREATE UNLOGGED TABLE one PARTITION OF items FOR VALUES IN (1)"
    )
    case = make_case(ddl, ITEMS_COPY, driving=(), refresh=Full(NOW), apply=False)
    with pytest.raises(DefinitionError, match=REFUSED.format("one", "one")):
        bring_up(case.database, case.system)


@pytest.mark.parametrize("refresh", [Debounced(NOW), Full(NOW)])
def test_kept_fresh_source_set_unlogged_fails_until_logged(make_case: MakeCase, refresh: Refresh) -> None:
    case = make_case(ITEMS.format(rows=20), ITEMS_COPY, driving=(), refresh=refresh, apply=False)
    bring_up(case.database, case.system)
    case.write("ALTER TABLE items SET UNLOGGED")
    check = case.checks()["kept_fresh"]
    assert not check.passed
    assert "SET LOGGED" in str(check.rows)
    case.write("ALTER TABLE items SET LOGGED")
    assert case.checks()["kept_fresh"].passed
