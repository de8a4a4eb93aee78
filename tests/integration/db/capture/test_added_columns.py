"""A column more in a source: what reads whole rows, or names by whatever is there, is not silently something else."""

from __future__ import annotations

import pytest

from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.errors import DefinitionError
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime, Refresh
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case

_TABLES = """
CREATE TABLE a (id int PRIMARY KEY, n int NOT NULL, later int NOT NULL);
CREATE TABLE b (id int PRIMARY KEY, m int NOT NULL);
INSERT INTO a SELECT g, g, g % 3 FROM generate_series(1, 20) AS g;
INSERT INTO b SELECT g, g FROM generate_series(1, 20) AS g;
CREATE FUNCTION described(a) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT md5($1::text)';
"""
_AT_ONCE = Debounce(quiet=0, max_wait=0)
_BY_KEY = {"debounced": Debounced(_AT_ONCE), "realtime": Realtime(_AT_ONCE)}
_WHOLE_ROWS = {
    "to_jsonb": "SELECT a.id, to_jsonb(a) AS v FROM a",
    "row_to_json": "SELECT a.id, row_to_json(a)::text AS v FROM a",
    "as text": "SELECT a.id, a::text AS v FROM a",
    "ROW": "SELECT a.id, md5(ROW(a.*)::text) AS v FROM a",
    "count": "SELECT a.n AS id, count(DISTINCT b) AS v FROM a JOIN b ON b.id = a.id GROUP BY a.n",
    "IS NULL": "SELECT a.id, b IS NOT NULL AS v FROM a LEFT JOIN b ON b.id = a.id",
    "a function": "SELECT a.id, described(a) AS v FROM a",
    "a function that looks like a column": "SELECT a.id, a.described AS v FROM a",
    "a row that is passed on": "SELECT s.id, to_jsonb(s.whole) AS v FROM (SELECT a.id, a AS whole FROM a) AS s",
    "in a subquery": "SELECT a.id, (SELECT jsonb_agg(b ORDER BY b.id) FROM b WHERE b.id = a.id) AS v FROM a",
}
_OPEN_NAMES = {
    "every column": "SELECT * FROM a",
    "every column of one": "SELECT b.m, a.* FROM a JOIN b ON b.id = a.id",
    "NATURAL JOIN": "SELECT id, a.n, b.m FROM a NATURAL JOIN b",
    "star": "SELECT s.id, to_jsonb(s) AS v FROM (SELECT * FROM a) AS s",
    "star of a common table expression": "WITH s AS (SELECT * FROM a) SELECT s.id, s::text AS v FROM s",
    "star and DISTINCT": "SELECT s.n AS id, count(*) AS v FROM (SELECT DISTINCT b.*, 1 AS n FROM b) AS s GROUP BY s.n",
    "a name of an outer query": "SELECT a.id, (SELECT max(m) FROM b WHERE b.id = a.id AND later > 0) AS v FROM a",
}
_HARMLESS = {
    "EXISTS": "SELECT a.id, a.n FROM a WHERE EXISTS (SELECT * FROM b WHERE b.id = a.id)",
    "a subquery": "SELECT s.id, s.n FROM (SELECT * FROM a) AS s",
    "a common table expression": "WITH s AS (SELECT * FROM a) SELECT s.id, s.n FROM s JOIN b ON b.id = s.id",
    "count": "SELECT b.id, count(*) AS v FROM b JOIN a ON a.id = b.id GROUP BY b.id",
}
_ADDED = """
ALTER TABLE b ADD COLUMN later int NOT NULL DEFAULT 0;
ALTER TABLE a ADD COLUMN more int NOT NULL DEFAULT 5;
UPDATE a SET more = 6 WHERE id < 4;
UPDATE b SET later = 1 WHERE id = 7;
"""


def live(make_case: MakeCase, definition: str, refresh: Refresh) -> Case:
    case = make_case(_TABLES, definition, key=("id",), driving=(), refresh=refresh)
    case.refresh()
    assert differences(case, definition) == []
    return case


def differences(case: Case, definition: str) -> list[tuple[object, ...]]:
    """Rows on one side only, of the text as the application reads it now."""
    [columns] = case.rows(
        "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = 'links'::regclass AND attnum > 0 AND NOT attisdropped"
    )
    defined, held = (
        f"SELECT d::text FROM ({definition}) AS d",
        f"SELECT (h)::text FROM (SELECT {columns[0]} FROM links) AS h",
    )
    return case.rows(f"({defined} EXCEPT ALL {held}) UNION ALL ({held} EXCEPT ALL {defined})")


def require_told_and_mended(case: Case, definition: str) -> None:
    assert differences(case, definition)
    checks = case.checks()
    assert not checks["kept_fresh"].passed
    assert "denorm-assets apply" in checks["kept_fresh"].summary
    case.apply()
    case.refresh_if_due()
    assert differences(case, definition) == []
    assert all(check.passed for check in case.checks().values())
    case.write("UPDATE a SET more = 9, n = n WHERE id = 2; UPDATE b SET later = 3, m = m + 1 WHERE id = 5")
    case.refresh_if_due()
    assert differences(case, definition) == []
    assert actions(case) == {"keep"}


def actions(case: Case) -> set[str]:
    return {step.action for step in plan_system(case.database, case.system).steps}


@pytest.mark.parametrize("name", _WHOLE_ROWS)
def test_kept_fresh_column_added_to_whole_row_fails_until_apply(make_case: MakeCase, name: str) -> None:
    case = live(make_case, _WHOLE_ROWS[name], Full(_AT_ONCE))
    case.write(_ADDED)
    case.refresh_if_due()
    # A refresh for another reason may have made the rows right by chance; that later changes are missed is told anyway.
    case.write("UPDATE a SET more = 7 WHERE id = 1; UPDATE b SET later = 2 WHERE id = 1")
    case.refresh_if_due()
    if name in ("count", "IS NULL"):
        assert not case.checks()["kept_fresh"].passed
        return
    require_told_and_mended(case, _WHOLE_ROWS[name])


def test_definition_join_read_as_row_is_refused(make_case: MakeCase) -> None:
    definition = "SELECT j.id, to_jsonb(j) AS v FROM (a JOIN b USING (id)) AS j"
    with pytest.raises(DefinitionError, match=r"a join that is read as a row.*Name its columns"):
        live(make_case, definition, Full(_AT_ONCE))
    live(make_case, "SELECT j.id, j.n AS v FROM (a JOIN b USING (id)) AS j", Full(_AT_ONCE))


@pytest.mark.parametrize("name", _OPEN_NAMES)
def test_kept_fresh_view_changed_by_added_column_fails_until_apply(make_case: MakeCase, name: str) -> None:
    case = live(make_case, _OPEN_NAMES[name], Full(_AT_ONCE))
    case.write(_ADDED)
    case.refresh_if_due()
    assert not case.checks()["kept_fresh"].passed
    assert "replace" in actions(case)
    case.apply()
    case.refresh_if_due()
    assert differences(case, _OPEN_NAMES[name]) == []
    assert all(check.passed for check in case.checks().values())
    assert actions(case) == {"keep"}


@pytest.mark.parametrize("refresh", _BY_KEY)
@pytest.mark.parametrize("name", ["a name of an outer query", "every column", "every column of one"])
def test_kept_fresh_table_changed_by_added_column_fails_until_apply(
    make_case: MakeCase, name: str, refresh: str
) -> None:
    definition = _OPEN_NAMES[name]
    case = live(make_case, definition, _BY_KEY[refresh])
    case.write(_ADDED)
    case.refresh_if_due()
    assert "rebuild" in actions(case)
    if "every" in name:
        # Until then it has the columns that it had.
        case.write("UPDATE a SET n = n + 1 WHERE id < 9")
        case.refresh_if_due()
        assert case.rows("SELECT id, n FROM links EXCEPT SELECT id, n FROM a") == []
    require_told_and_mended(case, definition)


@pytest.mark.parametrize("refresh", [*_BY_KEY, "full"])
@pytest.mark.parametrize("name", _HARMLESS)
def test_checks_added_column_without_effect_pass(make_case: MakeCase, name: str, refresh: str) -> None:
    case = live(make_case, _HARMLESS[name], _BY_KEY.get(refresh, Full(_AT_ONCE)))
    case.write(_ADDED)
    case.refresh_if_due()
    assert all(check.passed for check in case.checks().values()), case.checks()
    assert actions(case) == {"keep"}
