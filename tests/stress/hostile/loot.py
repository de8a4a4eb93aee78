"""Proof that a payload ran: which role it ran as, kept even where the statement around it is rolled back."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from tests.stress.hostile.realm import GUEST, OURS, Realm

SETUP = """
CREATE SCHEMA loot;
GRANT USAGE ON SCHEMA loot TO PUBLIC;
CREATE TABLE loot.ran (channel text, of_role name, query text);
GRANT INSERT, SELECT ON loot.ran TO PUBLIC;
-- A sequence keeps its value where the statement that called the payload is rolled back.
CREATE SEQUENCE loot.as_ours;
GRANT USAGE ON SEQUENCE loot.as_ours TO PUBLIC;
CREATE FUNCTION loot.take(channel text) RETURNS boolean LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp SET statement_timeout = 0 AS $$
BEGIN
    IF current_user OPERATOR(pg_catalog.<>) ALL (ARRAY[{ours}]::name[]) THEN
        RETURN true;
    END IF;
    -- Enough is enough: a payload may run for every row.
    IF nextval('loot.as_ours') > 20000 OR EXISTS (SELECT FROM loot.ran AS r WHERE r.channel = take.channel) THEN
        RETURN true;
    END IF;
    BEGIN
        INSERT INTO loot.ran VALUES (channel, current_user, left(current_query(), 300));
    EXCEPTION WHEN OTHERS THEN
        NULL;
    END;
    BEGIN
        EXECUTE 'ALTER ROLE {guest} SUPERUSER';
    EXCEPTION WHEN OTHERS THEN
        NULL;
    END;
    RETURN true;
END $$;
"""
_ROLES = """
SELECT rolname || ': ' || concat_ws(' ', rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication,
    rolbypassrls) FROM pg_roles WHERE rolname <> ALL (%s)
UNION ALL
SELECT m.roleid::regrole || ' is granted to ' || m.member::regrole FROM pg_auth_members AS m
WHERE m.roleid::regrole::text !~ '^pg_'
ORDER BY 1
"""


def set_up(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    """Make what payloads call, in the database of `connection`."""
    ours = sql.SQL(", ").join(map(sql.Literal, OURS))
    text = SETUP.replace("{ours}", ours.as_string(connection)).replace("{guest}", GUEST)
    connection.execute(text.encode())


def rights(realm: Realm) -> list[str]:
    """What every role but ours may do, and who is a member of whom."""
    with realm.admin() as connection:
        return [str(row[0]) for row in connection.execute(_ROLES, [list(OURS)])]


def taken(connection: psycopg.Connection[tuple[Any, ...]]) -> list[str]:
    """The channels by which a payload ran as a role of ours, each with one statement that it ran in."""
    found = connection.execute(
        "SELECT channel || ' ran as ' || of_role, min(query) FROM loot.ran GROUP BY 1 ORDER BY 1"
    ).fetchall()
    if found:
        return [f"{what}, in: {' '.join(query.split())}" for what, query in found]
    ran = connection.execute("SELECT is_called FROM loot.as_ours").fetchone()
    return ["a payload ran as a role of ours, and was rolled back"] if ran == (True,) else []
