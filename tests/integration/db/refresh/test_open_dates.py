"""Dates in numbers alone are another day in sessions of another DateStyle, of which the default is one."""

from __future__ import annotations

import pytest

from denorm_assets.errors import DefinitionError
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime, Refresh
from tests.integration.db.conftest import MakeCase
from tests.support.live import bring_up

NOW = Debounce(quiet=0, max_wait=0)
TABLES = """
CREATE TABLE items (id bigint PRIMARY KEY, at timestamptz NOT NULL, day date NOT NULL);
INSERT INTO items SELECT n, '2001-02-03'::timestamptz + n * interval '100 days', '2001-02-03'::date + n * 100
FROM generate_series(0, 20) AS n;
"""
KINDS = (Debounced(NOW), Realtime(NOW), Full(NOW))


@pytest.mark.parametrize("refresh", KINDS, ids=["debounced", "realtime", "full"])
@pytest.mark.parametrize(
    "condition",
    [
        "day > '01/02/03'",
        "day = ANY ('{01/02/03}'::date[])",
        "day > date '1-2-3'",
        "at > timestamptz '10/11/04 12:00 UTC'",
        "day <@ daterange('01/02/03', '01/02/04')",
    ],
)
def test_definition_date_literal_depending_on_datestyle_is_refused(
    make_case: MakeCase, condition: str, refresh: Refresh
) -> None:
    case = make_case(TABLES, f"SELECT id, day FROM items WHERE {condition}", driving=(), refresh=refresh, apply=False)
    with pytest.raises(DefinitionError, match=r"depends on the session's DateStyle\. Write the year first"):
        bring_up(case.database, case.system)


@pytest.mark.parametrize("refresh", KINDS, ids=["debounced", "realtime", "full"])
@pytest.mark.parametrize(
    "condition", ["day > '2003-02-01'", "day > '1 Feb 2003'", "day > '20030201'", "day < 'infinity'"]
)
def test_definition_unambiguous_date_literal_is_accepted(make_case: MakeCase, condition: str, refresh: Refresh) -> None:
    case = make_case(TABLES, f"SELECT id, day FROM items WHERE {condition}", driving=(), refresh=refresh, apply=False)
    bring_up(case.database, case.system)
    case.assert_right()
