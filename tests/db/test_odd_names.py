"""Names are only ever names: quotes, blanks, percent signs, braces and SQL in them mean nothing."""

from __future__ import annotations

import pytest

from denorm_assets.model.index import Index, references
from tests.db.conftest import MakeCase

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
def test_every_statement_takes_names_as_they_are(make_case: MakeCase, schema: str, table: str, column: str) -> None:
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
def test_a_read_model_may_be_called_like_an_alias_of_ours(make_case: MakeCase, name: str) -> None:
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


def test_a_value_to_narrow_by_is_only_a_value(make_case: MakeCase) -> None:
    case = make_case(
        "CREATE TABLE items (id bigint PRIMARY KEY, body text NOT NULL); INSERT INTO items VALUES (1, '%s''; DROP')",
        "SELECT id, body FROM items",
        key=("id", "body"),
    )
    case.load()
    checks = case.checks({"body": "%s'; DROP"})
    assert all(check.passed for check in checks.values())
    assert checks["matches_definition"].figures["rows"] == 1
