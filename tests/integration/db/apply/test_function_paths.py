"""Functions that look names up in their caller's search path: refused before they fail, explained where they do."""

from __future__ import annotations

import re

import pytest

from denorm_assets.db.apply.apply import apply_system
from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.db.introspection.function_paths import require_names_found
from denorm_assets.errors import BatchFailed, DefinitionError, NoLongerFits, RefreshFailed
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime, Refresh
from denorm_assets.sql.statement import Statement
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case
from tests.support.live import bring_up

NOW = Debounce(quiet=0, max_wait=0)
KINDS: tuple[Refresh, ...] = (Full(NOW), Debounced(NOW), Realtime(NOW))
TABLES = """
CREATE TABLE items (id bigint PRIMARY KEY, body text NOT NULL);
CREATE TABLE rates (kind text PRIMARY KEY, rate int NOT NULL);
CREATE TYPE mood AS ENUM ('fine');
INSERT INTO items SELECT n, 'item ' || n FROM generate_series(1, 20) AS n;
INSERT INTO rates VALUES ('a', 2);
CREATE FUNCTION twice(b text) RETURNS text LANGUAGE sql IMMUTABLE RETURN b || b;
CREATE FUNCTION added(a bigint, b bigint) RETURNS bigint LANGUAGE sql IMMUTABLE RETURN a + b;
"""
FUNCTIONS = {
    "a table, in SQL": (
        "CREATE FUNCTION rated(x text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT x || max(rate) FROM rates'",
        "app.rated(text)",
    ),
    "another function, in SQL that is inlined": (
        "CREATE FUNCTION rated(x text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT twice(x)'",
        "app.rated(text)",
    ),
    "a table, in PL/pgSQL": (
        "CREATE FUNCTION rated(x text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS"
        " 'BEGIN RETURN x || max(rate) FROM rates; END'",
        "app.rated(text)",
    ),
    "a type, in PL/pgSQL": (
        "CREATE FUNCTION rated(x text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS"
        " $$BEGIN RETURN x || 'fine'::mood; END$$",
        "app.rated(text)",
    ),
    "a table, in a function that it calls": (
        "CREATE FUNCTION inner_one(x text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS"
        " 'BEGIN RETURN x || max(rate) FROM rates; END';"
        "CREATE FUNCTION rated(x text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS"
        " 'BEGIN RETURN app.inner_one(x); END'",
        "app.rated(text)",
    ),
    "a table, with an odd name": (
        'CREATE FUNCTION "Rated ""x"""(x text) RETURNS text LANGUAGE sql IMMUTABLE AS'
        " 'SELECT x || max(rate) FROM rates';"
        'CREATE FUNCTION rated(x text) RETURNS text LANGUAGE sql IMMUTABLE RETURN "Rated ""x"""(x)',
        'app."Rated ""x"""(text)',
    ),
}
DEFINITION = "SELECT id, rated(body) AS rated FROM items"


def told(error: Exception, function: str) -> str:
    """The statement that the message gives, which names the function twice."""
    said = re.search(r"Run (ALTER FUNCTION (.*) SET search_path = .*, public, pg_temp)", str(error))
    assert said is not None
    assert said[2] == function
    assert f"{function}, which it calls, looks names up" in str(error)
    return said[1]


@pytest.mark.parametrize("refresh", KINDS)
@pytest.mark.parametrize("which", [which for which in FUNCTIONS if "odd" not in which])
def test_plan_function_with_unqualified_name_is_refused_with_fix(
    make_case: MakeCase, which: str, refresh: Refresh
) -> None:
    creates, function = FUNCTIONS[which]
    case = make_case(TABLES + creates, DEFINITION, driving=(), refresh=refresh, apply=False)
    with pytest.raises(DefinitionError) as planned:
        plan_system(case.database, case.system)
    with pytest.raises(DefinitionError) as applied:
        apply_system(case.database, case.system)
    assert str(applied.value) == str(planned.value)
    case.run(told(planned.value, function))
    bring_up(case.database, case.system)
    case.write("UPDATE items SET body = 'other' WHERE id = 3")
    case.refresh_if_due()
    case.assert_right()


def test_plan_function_with_odd_name_is_quoted_in_fix(make_case: MakeCase) -> None:
    creates, function = FUNCTIONS["a table, with an odd name"]
    case = make_case(TABLES + creates, 'SELECT id, "Rated ""x"""(body) AS rated FROM items', driving=(), apply=False)
    with pytest.raises(DefinitionError) as planned:
        plan_system(case.database, case.system)
    case.run(told(planned.value, function))
    bring_up(case.database, case.system)
    case.assert_right()


@pytest.mark.parametrize(
    "creates",
    [
        "CREATE OPERATOR % (LEFTARG = text, RIGHTARG = text, FUNCTION = joined)",
        "CREATE AGGREGATE most(text) (SFUNC = joined, STYPE = text, SORTOP = OPERATOR(pg_catalog.<))",
    ],
)
def test_plan_function_behind_operator_or_aggregate_is_named(make_case: MakeCase, creates: str) -> None:
    joined = (
        "CREATE FUNCTION joined(a text, b text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT twice(b)';"
        "CREATE FUNCTION joined_last(a text) RETURNS text LANGUAGE sql IMMUTABLE RETURN a;"
    )
    definition = (
        "SELECT id, body % body AS rated FROM items"
        if "OPERATOR %" in creates
        else "SELECT 1 AS id, most(body) AS rated FROM items"
    )
    case = make_case(TABLES + joined + creates, definition, driving=(), refresh=Full(NOW), apply=False)
    with pytest.raises(DefinitionError) as planned:
        plan_system(case.database, case.system)
    told(planned.value, "app.joined(text,text)")


@pytest.mark.parametrize(
    "creates",
    [
        "CREATE FUNCTION rated(x text) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = app AS 'SELECT twice(x)'",
        "CREATE FUNCTION rated(x text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT app.twice(x)'",
        "CREATE FUNCTION rated(x text) RETURNS text LANGUAGE sql IMMUTABLE RETURN twice(x)",
        "CREATE FUNCTION rated(x text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN lower(x); END'",
        # Fails for a row, which is no matter of names.
        "CREATE FUNCTION rated(x text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT x || 1 / length(x)'",
    ],
)
def test_apply_function_that_finds_its_names_is_accepted(make_case: MakeCase, creates: str) -> None:
    case = make_case(TABLES + creates, DEFINITION, driving=(), refresh=Full(NOW), apply=False)
    bring_up(case.database, case.system)
    case.assert_right()


def test_require_names_found_keeps_transaction_settings(make_case: MakeCase) -> None:
    creates = "CREATE FUNCTION rated(x text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN lower(x); END'"
    case = make_case(TABLES + creates, DEFINITION, driving=(), refresh=Full(NOW), apply=False)
    described = case.described()
    with case.database.session("app") as session, session.transaction():
        require_names_found(session, described)
        settings = session.one(Statement("SELECT current_setting('statement_timeout') AS timeout"))
    assert settings["timeout"] == "0"


def live(make_case: MakeCase, refresh: Refresh, driving: tuple[str, ...] = ()) -> Case:
    """Live, and then the function loses its path."""
    creates, _ = FUNCTIONS["a table, in PL/pgSQL"]
    case = make_case(TABLES + creates, DEFINITION, driving=driving, refresh=refresh, apply=False)
    case.run("ALTER FUNCTION rated SET search_path = app")
    bring_up(case.database, case.system)
    case.run("ALTER FUNCTION rated RESET search_path")
    return case


@pytest.mark.parametrize("refresh", KINDS)
def test_refresh_function_lost_search_path_fails_naming_fix(make_case: MakeCase, refresh: Refresh) -> None:
    case = live(make_case, refresh)
    case.write("UPDATE items SET body = 'other' WHERE id = 3")
    with pytest.raises(RefreshFailed) as failed:
        case.refresh()
    remedy = "ALTER FUNCTION app.rated(text) SET search_path = app, public, pg_temp"
    assert "app.rated(text) looks names up in the search path of its caller" in str(failed.value)
    assert f"Run {remedy}" in str(failed.value)
    assert remedy in case.checks()["kept_fresh"].summary
    with pytest.raises(NoLongerFits, match=re.escape(remedy)):
        apply_system(case.database, case.system)
    case.run(remedy)
    case.refresh()
    case.assert_right()


def test_backfill_function_lost_search_path_fails_naming_fix(make_case: MakeCase) -> None:
    case = live(make_case, Debounced(NOW), ("items.id",))
    with pytest.raises(BatchFailed, match=r"Run ALTER FUNCTION app\.rated\(text\) SET search_path"):
        case.load(again=True)
