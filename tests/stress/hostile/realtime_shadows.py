"""S2: what a writing session can put before the names that run in its transaction as our owner."""

from __future__ import annotations

from denorm_assets.model.refresh import Realtime
from tests.stress.hostile.application import OFTEN
from tests.stress.hostile.arena import Arena
from tests.stress.hostile.realm import APPLICATION
from tests.stress.hostile.scenario import scenario

_TYPES = ("text", "uuid", "jsonb", "date", "timestamptz", "name", "int8", "int4", "numeric", "bool", "varchar", "oid")
_WRITES = (
    "INSERT INTO app.orders VALUES (70000001, 1, 1, 'a')",
    "UPDATE app.orders SET amount = 2, note = 'b' WHERE id = 70000001",
    "UPDATE app.people SET name = name || '!' WHERE id = 1",
    "DELETE FROM app.orders WHERE id = 70000001",
)


def _write(arena: Arena) -> None:
    for statement in _WRITES:
        arena.run(statement)


def shadow_types(arena: Arena) -> None:
    """As the application, make temporary domains called like types of PostgreSQL, each with a CHECK of its own."""
    for name in _TYPES:
        # Qualified throughout: from the first domain on, a bare name means a domain.
        made = arena.attempt(
            f"CREATE FUNCTION pg_temp.check_{name}(pg_catalog.{name}) RETURNS pg_catalog.bool LANGUAGE plpgsql AS"
            f" $$ BEGIN PERFORM loot.take('temporary domain {name}'); RETURN true; END $$;"
            f"CREATE DOMAIN pg_temp.{name} AS pg_catalog.{name} CHECK (pg_temp.check_{name}(VALUE))",
            APPLICATION,
        )
        assert made is None, made
    _write(arena)


@scenario("S2", (18, 15))
def writer_shadows_types(arena: Arena) -> None:
    """A role that may only write to a source makes a temporary domain called text, whose CHECK calls its function."""
    shadow_types(arena)


@scenario("S2", as_superuser=True)
def writer_becomes_superuser(arena: Arena) -> None:
    """The same where the product runs as a superuser."""
    shadow_types(arena)


@scenario("S2", (18, 15))
def writer_shadows_sources_with_views(arena: Arena) -> None:
    """Temporary views called like sources of a Realtime read model call a function of the writer's."""
    made = arena.attempt(
        "CREATE FUNCTION pg_temp.payload() RETURNS boolean LANGUAGE plpgsql AS"
        " $$ BEGIN RETURN loot.take('temporary view'); END $$;"
        "CREATE TEMP VIEW orders AS SELECT * FROM app.orders WHERE pg_temp.payload();"
        "CREATE TEMP VIEW people AS SELECT * FROM app.people WHERE pg_temp.payload();"
        "GRANT SELECT ON orders, people TO PUBLIC",
        APPLICATION,
    )
    assert made is None, made
    _write(arena)


@scenario("S2")
def writer_has_a_temporary_table_called_like_a_source(arena: Arena) -> None:
    """An honest temporary table called `people` decides what a Realtime read model holds until the next drain."""
    arena.shell.stop_worker()
    arena.stop_writers()
    arena.settle(0)
    arena.run("CREATE TEMP TABLE people AS SELECT id, 'wrong' AS name FROM app.people")
    arena.run("GRANT SELECT ON people TO PUBLIC")
    arena.run("INSERT INTO app.orders VALUES (70000001, 1, 1, 'a')")
    held = arena.rows("SELECT name FROM order_cards WHERE id = 70000001")
    if held == [("wrong",)]:
        arena.outcome.wrong["order_cards, until the next drain"] += 1
    arena.run("DROP TABLE pg_temp.people")
    arena.shell.start_worker()


@scenario("S2")
def writer_has_settings_of_its_own(arena: Arena) -> None:
    """Settings of the writing session that change how text is parsed, and how values are written out."""
    settings = {
        "array_nulls": "off",
        "bytea_output": "escape",
        "DateStyle": "German, DMY",
        "extra_float_digits": "-15",
        "IntervalStyle": "iso_8601",
        "TimeZone": "Asia/Kathmandu",
        "transform_null_equals": "on",
        "standard_conforming_strings": "off",
        "quote_all_identifiers": "on",
        "row_security": "off",
        "default_transaction_isolation": "serializable",
        "search_path": "pg_temp, app",
        "lock_timeout": "1ms",
        "check_function_bodies": "off",
        "default_tablespace": "pg_default",
        "client_encoding": "LATIN1",
    }
    arena.prepare(
        "CREATE TABLE readings (id int PRIMARY KEY, at timestamptz, span interval, value float8, raw bytea, note text);"
        "INSERT INTO readings VALUES (1, '2024-02-03 04:05', '1 day 2 hours', 0.1, '\\x01ff', NULL)"
    )
    text = "SELECT id, at, span, value, raw, note, array_remove(ARRAY[note, 'x'], 'y') AS notes FROM readings"
    arena.adopt(
        arena.model("readings_now", text, refresh=Realtime(OFTEN)),
        arena.model("readings_by_value", "SELECT value, count(*) AS n FROM readings GROUP BY value", key=("value",)),
    )
    for setting, value in settings.items():
        arena.run(f"SET {setting} = '{value}'")
    _write(arena)
    arena.run("INSERT INTO app.readings VALUES (2, '03.02.2024 04:05', '1 mon', 0.30000000000000004, '\\\\377', NULL)")
    arena.run("UPDATE app.readings SET value = value + 0.2, note = 'NULL' WHERE id = 1")
    arena.run("UPDATE app.readings SET value = value / 3, note = '{}\"' WHERE id = 2")
