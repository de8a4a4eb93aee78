"""Names are only ever names: quotes, blanks, percent signs, braces and SQL in them mean nothing."""

from __future__ import annotations

import psycopg
import pytest

from denorm_assets.db.capture.state import source_states
from denorm_assets.db.introspection.sources import model_sources
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.table_changes.phase_work import do_work
from denorm_assets.model.index import Index, references
from denorm_assets.model.refresh import Debounced, Realtime, Refresh
from denorm_assets.model.schema_change import Expand, Fill, Identifiers, SoftDeletes, Switch
from denorm_assets.model.system import Phase, System
from denorm_assets.model.table_name import TableName
from tests.integration.db.conftest import MakeCase

HOSTILE = "a\"; DROP TABLE kept; --%s {0} ' %(x)s"


def quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


@pytest.mark.parametrize(
    ("schema", "table", "column"),
    [
        ("My Schema", "My Items", "Item Id"),
        ("100%", "50% of %s", "Item % Id"),
        ("{schema}", "{table}", "{column}"),
        ("select", "from", "where"),
        (HOSTILE, HOSTILE, HOSTILE),
        ("Ñandú", "tablë 🎈", "cølumn"),
        ("definition", "definition", "definition"),
        ("denorm_stage", "denorm_stage", "held"),
    ],
)
def test_backfill_odd_names_are_quoted_everywhere(make_case: MakeCase, schema: str, table: str, column: str) -> None:
    case = make_case(
        f"""
        CREATE TABLE kept (id int);
        CREATE TABLE {quoted(table)} ({quoted(column)} bigint PRIMARY KEY, body text NOT NULL);
        INSERT INTO {quoted(table)} SELECT n, 'item ' || n FROM generate_series(1, 1200) AS n;
        """,
        f"SELECT {quoted(column)}, body, 'LIKE ''50%''' AS \"b %s {{x}}\" FROM {quoted(table)} WHERE body LIKE 'i%m%'",
        key=(column,),
        driving=(f"{table}.{column}",),
        schema=schema,
        indexes=[Index("body", unique=True, name="an index: 100% {0}"), Index("body DESC NULLS LAST")],
        references=[references(column, f"{table}.{column}", foreign_key=True)],
    )
    results = case.load(batch_size=500)
    assert sum(result.rows_written for result in results) == 1_200
    case.finish()
    case.assert_right()
    assert all(check.passed for check in case.checks().values())
    assert all(check.passed for check in case.checks({column: "7"}).values())

    case.run("UPDATE links SET body = 'wrong' || body WHERE body LIKE '%99'")
    case.run("DELETE FROM links WHERE body LIKE '%98'")
    [row] = [row for row in case.checks()["matches_definition"].rows if row["range"] == f"{table}:000001001-000001200"]
    assert row["extra"] == f"({column}=1099); ({column}=1199)"
    case.load(again=True, batch_size=500)
    case.assert_right()
    case.load("10", "20")
    assert case.value("SELECT count(*) FROM kept") == 0


@pytest.mark.parametrize("name", ["held", "wanted", "target", "definition", "referred", "hashed", "links2"])
def test_read_model_named_like_internal_alias_works(make_case: MakeCase, name: str) -> None:
    case = make_case(
        "CREATE TABLE items (id bigint PRIMARY KEY, held text, wanted text, h int);"
        "INSERT INTO items SELECT n, 'h', 'w', 1 FROM generate_series(1, 10) AS n",
        "SELECT id, held, wanted, h, 1 AS side, 2 AS key, 3 AS row FROM items",
        name=name,
        references=[references("id", "items.id", foreign_key=True)],
    )
    case.load()
    case.run(f"UPDATE {name} SET held = 'x' WHERE id < 3; DELETE FROM {name} WHERE id = 5")
    assert not case.checks()["matches_definition"].passed
    case.load(again=True, batch_size=4)
    case.finish()
    case.assert_right()
    assert all(check.passed for check in case.checks().values())


def test_check_narrowed_by_odd_value_treats_it_as_value(make_case: MakeCase) -> None:
    case = make_case(
        "CREATE TABLE items (id bigint PRIMARY KEY, body text NOT NULL); INSERT INTO items VALUES (1, '%s''; DROP')",
        "SELECT id, body FROM items",
        key=("id", "body"),
    )
    case.load()
    checks = case.checks({"body": "%s'; DROP"})
    assert all(check.passed for check in checks.values())
    assert checks["matches_definition"].figures["rows"] == 1


ODD_NAMES = (
    "x$capture$y",
    "$capture$ $capture_1$",
    "$$",
    "a%b %s %(x)s %%",
    "{x} {{y}} {",
    'a"b""',
    "a'b",
    "a\\b\\'",
    "line\nbreak\n-- x",
    "/* x",
    "hand over 12",
    "new",
    "images",
    "v1",
    "changed",
    "Ñ" * 31,
    "n" * 63,
)


@pytest.mark.parametrize("refresh", [Debounced(), Realtime()], ids=["debounced", "realtime"])
@pytest.mark.parametrize("odd", ODD_NAMES)
def test_capture_odd_names_are_quoted_in_triggers(make_case: MakeCase, odd: str, refresh: Refresh) -> None:
    table, owners = odd, "owners"
    case = make_case(
        f"""
        CREATE TABLE {owners} (id bigint PRIMARY KEY, {quoted(odd)} text);
        CREATE TABLE {quoted(table)} (id bigint PRIMARY KEY, {quoted(odd)} bigint, body text);
        INSERT INTO {owners} SELECT n, 'owner ' || n FROM generate_series(1, 5) AS n;
        INSERT INTO {quoted(table)} SELECT n, n % 5 + 1, 'item ' || n FROM generate_series(1, 40) AS n;
        """,
        f"SELECT i.id, i.{quoted(odd)}, o.{quoted(odd)} AS owner FROM {quoted(table)} AS i"
        f" JOIN {owners} AS o ON o.id = i.{quoted(odd)}",
        driving=(f"{table}.id",),
        schema=odd,
        refresh=refresh,
    )
    case.load()
    case.finish()
    case.assert_right()
    assert case.registered().state == "live"
    case.write(f"INSERT INTO {quoted(table)} SELECT n, 1, 'new' FROM generate_series(100, 140) AS n")
    case.write(f"UPDATE {quoted(table)} SET {quoted(odd)} = 2 WHERE id < 10; DELETE FROM {quoted(table)} WHERE id = 20")
    case.write(f"UPDATE {owners} SET {quoted(odd)} = 'renamed' WHERE id = 2")
    if isinstance(refresh, Realtime):
        case.assert_right()
    case.refresh()
    case.assert_right()
    assert all(check.passed for check in case.checks().values())
    case.apply()
    with case.database.session(case.system.schema) as session:
        states = source_states(session, model_sources(session, case.described()).watched)
    assert {state.function for state in states} == {"installed"}
    assert not any(state.lost or state.columns_changed or state.members_changed for state in states)
    case.write(f"TRUNCATE {quoted(table)}")
    case.refresh()
    case.assert_right()


@pytest.mark.parametrize("odd", ["x$soft_delete$y", "AS $soft_delete$", "x$keep$y", 'a"b', "a%s {b}\\'\n", "n" * 58])
def test_identifiers_and_soft_deletes_odd_names_are_quoted(database: Database, database_url: str, odd: str) -> None:
    schema, identifier = f"{odd}_s", f"{odd}_i"
    table = TableName(odd, schema)
    with psycopg.connect(database_url, autocommit=True) as connection:
        name = f"{quoted(schema)}.{quoted(odd)}"
        connection.execute(
            f"CREATE SCHEMA {quoted(schema)};"
            f"CREATE TABLE {name} ({quoted(identifier)} text PRIMARY KEY, {quoted(odd)} int);"
            f"INSERT INTO {name} SELECT gen_random_uuid(), n FROM generate_series(1, 5) AS n".encode()
        )
        ids = Identifiers(f"{table}.{identifier}")
        works = (Expand(ids), Fill(ids), Switch(ids), SoftDeletes((table,), keep_days=30))
        phases = tuple(Phase(f"phase_{n}", work=work) for n, work in enumerate(works, 1))
        system = System("odd", schema, phases)
        for phase in phases:
            do_work(database, system, phase)
        live = f"{quoted(schema)}.{quoted(f'{odd}_live')}"
        deleted = connection.execute(f"DELETE FROM {live} WHERE {quoted(odd)} = 3".encode()).rowcount
        assert deleted == 1
        assert connection.execute(f"SELECT count(*), count(deleted_at) FROM {name}".encode()).fetchone() == (5, 1)
        connection.execute(f"INSERT INTO {name} ({quoted(identifier)}) VALUES (gen_random_uuid())".encode())
