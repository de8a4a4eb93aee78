"""What roles with few rights try, to have code of theirs run with ours: none of it runs, and every row stays right."""

from __future__ import annotations

from collections.abc import Generator

import psycopg
import pytest
from psycopg import errors as pg
from psycopg import sql

from denorm_assets.db.reconcile.reconcile import reconcile_model
from denorm_assets.errors import DefinitionError
from denorm_assets.model.reconcile import ReconcileOptions
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case, as_role
from tests.support.unseen import unseen

NOW = Debounce(quiet=0, max_wait=0)
SHOP = """
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE people (id bigint PRIMARY KEY, name varchar NOT NULL, feels mood NOT NULL);
CREATE TABLE orders (id bigint PRIMARY KEY, buyer varchar NOT NULL, amount numeric(10, 2) NOT NULL);
INSERT INTO people SELECT n, 'person ' || n, 'good' FROM generate_series(1, 20) AS n;
INSERT INTO orders SELECT n, 'person ' || n % 20 + 1, n FROM generate_series(1, 60) AS n;
"""
BUYERS = """
SELECT p.name, p.feels, count(o.id) AS orders, sum(o.amount) AS amount
FROM people AS p LEFT JOIN orders AS o ON o.buyer = p.name GROUP BY p.name, p.feels
"""
REPAIR = ReconcileOptions(repair=True, most_share=1)
REFRESHES = {"debounced": Debounced(NOW), "realtime": Realtime(NOW), "full": Full(NOW)}
WRITES = (
    "INSERT INTO app.people VALUES (100, 'person 100', 'bad')",
    "UPDATE app.people SET feels = 'bad' WHERE id < 5",
    "UPDATE app.orders SET buyer = 'person 100' WHERE id < 10",
    "DELETE FROM app.orders WHERE id > 50",
)
RECORD = "INSERT INTO public.seen VALUES (current_user)"
OPERATORS = (
    f"CREATE FUNCTION {{schema}}.trap(varchar, varchar) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN {RECORD};"
    " RETURN true; END $$",
    "CREATE OPERATOR {schema}.= (FUNCTION = {schema}.trap, LEFTARG = varchar, RIGHTARG = varchar)",
    "CREATE OPERATOR {schema}.<> (FUNCTION = {schema}.trap, LEFTARG = varchar, RIGHTARG = varchar)",
)
CASTS = (
    f"CREATE FUNCTION app.as_text(app.mood) RETURNS text LANGUAGE plpgsql AS $$ BEGIN {RECORD}; RETURN 'x'; END $$",
    "CREATE CAST (app.mood AS text) WITH FUNCTION app.as_text(app.mood) AS ASSIGNMENT",
)


class Guest:
    """A role that may log in, and what it did so far."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.name = f"{case.value('SELECT current_database()')}_guest"
        case.run(f"CREATE ROLE {self.name} LOGIN PASSWORD 'secret'")
        case.run("CREATE TABLE public.seen (who text); GRANT INSERT ON public.seen TO PUBLIC")

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(as_role(self.case.url, self.name, "secret"), autocommit=True)

    def run(self, *statements: str) -> None:
        with self.connect() as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def may_create_in(self, schema: str) -> None:
        self.case.run(f"GRANT USAGE, CREATE ON SCHEMA {schema} TO {self.name}")

    def ran_as_others(self) -> list[tuple[str]]:
        return self.case.rows("SELECT DISTINCT who FROM public.seen WHERE who <> %s", (self.name,))


@pytest.fixture
def guests() -> Generator[list[Guest]]:
    made: list[Guest] = []
    yield made
    for guest in made:
        with psycopg.connect(guest.case.url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(sql.Identifier(guest.name)))
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(guest.name)))


@pytest.fixture(params=REFRESHES)
def shop(request: pytest.FixtureRequest, make_case: MakeCase) -> Case:
    """A read model that is applied and not loaded yet, joined by varchar columns, with an enum in it."""
    return make_case(SHOP, BUYERS, key=("name", "feels"), driving=(), refresh=REFRESHES[request.param])


@pytest.fixture
def guest(shop: Case, guests: list[Guest]) -> Guest:
    guests.append(Guest(shop))
    return guests[-1]


def make_live(case: Case) -> None:
    case.refresh()
    case.finish()
    assert case.registered().state == "live"


def drive(case: Case) -> None:
    """All that our sessions do with a read model, after the application has written."""
    for statement in WRITES:
        case.write(statement)
    case.refresh_if_due()
    case.assert_right()
    with case.connect() as connection:
        connection.execute(unseen("UPDATE app.orders SET amount = amount + 1 WHERE id < 20"))
    reconcile_model(case.database, case.system, case.model, REPAIR)
    case.assert_right()
    assert [name for name, result in case.checks().items() if not result.passed] == []
    case.refresh()
    case.assert_right()


def test_functions_of_denorm_guest_can_neither_attach_nor_call(shop: Case, guest: Guest) -> None:
    functions = shop.rows("SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'denorm'::regnamespace")
    for (function,) in functions:
        if "flag_enabled" in function:
            continue
        with guest.connect() as connection:
            connection.execute("CREATE TEMPORARY TABLE mine (id int)")
            attach = f"CREATE TRIGGER t AFTER INSERT ON mine EXECUTE FUNCTION {function.partition('(')[0]}()"
            with pytest.raises((pg.InsufficientPrivilege, pg.UndefinedFunction)) as refused:
                connection.execute(attach.encode())
            called = connection.execute("SELECT has_function_privilege(%s, 'EXECUTE')", (function,)).fetchone()
        assert called == (False,), function
        assert "capture" not in function or refused.type is pg.InsufficientPrivilege


def test_apply_right_granted_on_function_is_revoked(shop: Case, guest: Guest) -> None:
    [function] = {
        name for (name,) in shop.rows("SELECT oid::regprocedure::text FROM pg_proc WHERE proname = 'capture_1'")
    }
    shop.run(f"GRANT EXECUTE ON FUNCTION {function} TO {guest.name}")
    shop.run("GRANT EXECUTE ON FUNCTION denorm.recompute_now TO PUBLIC")
    shop.apply()
    granted = "SELECT has_function_privilege(%s, 'denorm.capture_1()', 'EXECUTE')"
    assert shop.value(granted, (guest.name,)) is False
    recompute = "SELECT has_function_privilege(%s, 'denorm.recompute_now(integer, denorm.image[])', 'EXECUTE')"
    assert shop.value(recompute, (guest.name,)) is False


def test_refresh_and_reconcile_cast_of_guest_never_runs_as_other_role(shop: Case, guest: Guest) -> None:
    guest.may_create_in("app")
    shop.run(f"ALTER TYPE app.mood OWNER TO {guest.name}")
    guest.run(*CASTS)
    make_live(shop)
    drive(shop)
    assert guest.ran_as_others() == []


@pytest.mark.parametrize("schema", ["app", "public"])
def test_refresh_and_reconcile_operator_of_guest_never_runs_as_other_role(
    shop: Case, guest: Guest, schema: str
) -> None:
    guest.may_create_in(schema)
    guest.run(*(statement.format(schema=schema) for statement in OPERATORS))
    make_live(shop)
    for statement in WRITES:
        shop.write(statement)
    shop.refresh_if_due()
    reconcile_model(shop.database, shop.system, shop.model, REPAIR)
    assert [name for name, result in shop.checks().items() if not result.passed] == []
    shop.refresh()
    shop.run(f"DROP OPERATOR {schema}.= (varchar, varchar); DROP OPERATOR {schema}.<> (varchar, varchar)")
    shop.assert_right()
    assert guest.ran_as_others() == []


def test_apply_operator_made_by_guest_before_is_refused_by_name(shop: Case, guest: Guest) -> None:
    guest.may_create_in("app")
    guest.run(*(statement.format(schema="app") for statement in OPERATORS))
    shop.redefine(f"{BUYERS} HAVING count(*) > 0")
    with pytest.raises(DefinitionError, match=rf"operator app.=\(.*\) belongs to {guest.name}"):
        shop.apply()
    assert guest.ran_as_others() == []
    shop.redefine(f"{BUYERS} HAVING count(*) > 0".replace("o.buyer = p.name", "o.buyer OPERATOR(pg_catalog.=) p.name"))
    shop.apply()


TEMPORARY = (
    "CREATE FUNCTION pg_temp.check_it(pg_catalog.text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN"
    " INSERT INTO public.seen VALUES (current_user); RETURN true; END $$",
    *(
        f"CREATE DOMAIN pg_temp.{name} AS pg_catalog.{name} CHECK (pg_temp.check_it(VALUE::pg_catalog.text))"
        for name in ("text", "int8", "int4", "bool", "numeric", "varchar", "timestamptz")
    ),
    *(
        f"CREATE TEMPORARY TABLE {name} (model_id int, source_id int, image pg_catalog.text[])"
        for name in ("change_log", "pending", "dependency", "read_model", "pg_proc", "images", "new_rows", "orders")
    ),
)


def test_capture_temporary_objects_of_application_are_never_used(shop: Case, guest: Guest) -> None:
    make_live(shop)
    shop.run(f"GRANT USAGE ON SCHEMA app TO {guest.name}")
    shop.run(f"GRANT SELECT, INSERT, UPDATE, DELETE ON app.people, app.orders TO {guest.name}")
    for path in ("pg_temp, app, public", "pg_temp, pg_catalog"):
        guest.run(*TEMPORARY, f"SET search_path = {path}", *WRITES)
        shop.refresh_if_due()
        shop.assert_right()
        shop.write("TRUNCATE app.orders; DELETE FROM app.people WHERE id = 100")
    assert guest.ran_as_others() == []
