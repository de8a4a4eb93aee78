"""S1: what any login may do with the functions that run as our owner."""

from __future__ import annotations

from tests.stress.hostile.application import SCHEMA
from tests.stress.hostile.arena import Arena
from tests.stress.hostile.realm import GUEST
from tests.stress.hostile.scenario import scenario

_TYPE = """
CREATE TYPE pg_temp.evil AS (x int);
CREATE FUNCTION pg_temp.steal(pg_temp.evil) RETURNS text LANGUAGE plpgsql AS $$
BEGIN PERFORM loot.take('cast to text of a guest''s type'); RETURN 'x'; END $$;
CREATE CAST (pg_temp.evil AS text) WITH FUNCTION pg_temp.steal(pg_temp.evil);
"""
_EVENTS = {
    "INSERT": "REFERENCING NEW TABLE AS new_rows",
    "UPDATE": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "DELETE": "REFERENCING OLD TABLE AS old_rows",
    "TRUNCATE": "",
}
_WRITES = ("INSERT INTO trap DEFAULT VALUES", "UPDATE trap SET {column} = ROW(2)", "DELETE FROM trap", "TRUNCATE trap")
# What the application may call is documented; nobody else has a reason to run anything as our owner.
_DOCUMENTED = ("flag_enabled",)


def attach_everything(arena: Arena) -> None:
    """As a guest, attach every trigger function of ours to a table with a hostile type, and write to it."""
    columns = [
        name
        for (name,) in arena.rows(
            "SELECT DISTINCT a.attname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid"
            f" WHERE c.relnamespace = '{SCHEMA}'::regnamespace AND c.relkind IN ('r', 'p')"
            " AND a.attnum > 0 AND NOT a.attisdropped"
        )
    ]
    functions = [
        name
        for (name,) in arena.rows(
            "SELECT oid::regproc::text FROM pg_proc WHERE pronamespace = 'denorm'::regnamespace"
            " AND prorettype = 'trigger'::regtype ORDER BY 1"
        )
    ]
    assert arena.attempt(_TYPE, GUEST) is None, "everybody may make temporary types"
    for function in functions:
        _trap(arena, columns)
        for number, (event, tables) in enumerate(_EVENTS.items()):
            refused = arena.attempt(
                f"CREATE TRIGGER t{number} AFTER {event} ON trap {tables} FOR EACH STATEMENT"
                f" EXECUTE FUNCTION {function}()",
                GUEST,
            )
            if refused is None:
                arena.outcome.privileges.append(f"a guest attached {function} to a table of his own")
        for timing in ("BEFORE", "AFTER"):
            trigger = f"CREATE TRIGGER r{timing} {timing} INSERT ON trap FOR EACH ROW EXECUTE FUNCTION {function}()"
            if arena.attempt(trigger, GUEST) is None:
                arena.outcome.privileges.append(f"a guest attached {function} to a table of his own")
        for write in _WRITES:
            arena.attempt(write.format(column=f'"{columns[0]}"'), GUEST)


def _trap(arena: Arena, columns: list[str]) -> None:
    listed = ", ".join(f'"{column}" pg_temp.evil DEFAULT ROW(1)' for column in columns)
    arena.attempt(f"DROP TABLE IF EXISTS trap; CREATE TEMP TABLE trap ({listed})", GUEST)
    arena.attempt("INSERT INTO trap DEFAULT VALUES", GUEST)


@scenario("S1", (18, 15))
def guest_attaches_our_triggers(arena: Arena) -> None:
    """A guest attaches capture functions to a temporary table whose columns have a cast to text that he wrote."""
    attach_everything(arena)


@scenario("S1", as_superuser=True)
def guest_becomes_superuser(arena: Arena) -> None:
    """The same where the product runs as a superuser, as it usually does."""
    attach_everything(arena)


@scenario("S1")
def guest_calls_our_functions(arena: Arena) -> None:
    """A guest looks for functions, tables and sequences of ours that everybody may use."""
    for (name,) in arena.rows(
        "SELECT p.oid::regprocedure::text FROM pg_proc AS p WHERE p.prosecdef"
        " AND p.proowner::regrole::text = 'denorm_owner'"
        f" AND has_function_privilege('{GUEST}', p.oid, 'EXECUTE')"
        f" AND p.proname <> ALL (ARRAY['{_DOCUMENTED[0]}'])"
    ):
        arena.outcome.privileges.append(f"everybody may execute {name}, which runs as our owner")
    for (name,) in arena.rows(
        "SELECT c.oid::regclass::text FROM pg_class AS c WHERE c.relnamespace = 'denorm'::regnamespace"
        " AND CASE c.relkind WHEN 'S' THEN"
        f" has_sequence_privilege('{GUEST}', c.oid, 'USAGE, SELECT, UPDATE')"
        " WHEN 'r' THEN"
        f" has_table_privilege('{GUEST}', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') END"
    ):
        arena.outcome.privileges.append(f"everybody may use {name}")
