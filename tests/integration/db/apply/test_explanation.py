"""Indexes that a read model's upkeep needs: found in the catalog, or advised as a statement that works."""

from __future__ import annotations

import pytest

from denorm_assets.db.apply.explain_models import ModelExplanation, explain_system
from denorm_assets.errors import DefinitionError
from denorm_assets.model.index import Index
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case

USERS = """
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE items (id bigint PRIMARY KEY, user_id bigint, body text NOT NULL);
"""
JOINED = "SELECT i.id, u.name FROM items AS i JOIN users AS u ON u.id = i.user_id"
BY_NAME = "SELECT i.id, u.name FROM items AS i JOIN users AS u ON u.name = lower(i.body)"
ADVICE = 'Create one: CREATE INDEX CONCURRENTLY ON "app"."items" ("user_id");'


def explained(case: Case) -> ModelExplanation:
    [found] = explain_system(case.database, case.system)
    return found


def missing(case: Case) -> dict[str, str]:
    """What there is no index on -> the remedy."""
    return {index.on: index.remedy for index in explained(case).missing_indexes}


def test_explain_missing_index_before_apply_is_advised(make_case: MakeCase) -> None:
    case = make_case(USERS, JOINED, apply=False)
    assert [source.sentence for source in explained(case).sources] == [
        "A change in items affects the rows with its id.",
        "A change in users affects the rows of that user's items (id), found through items.user_id = users.id.",
    ]
    assert missing(case) == {"app.items (user_id)": ADVICE}
    assert case.value("SELECT to_regnamespace('denorm') IS NULL")


def test_explain_condition_written_below_except_is_told(make_case: MakeCase) -> None:
    case = make_case(
        USERS, "SELECT user_id FROM items EXCEPT SELECT id FROM users", key=("user_id",), driving=(), apply=False
    )
    assert explained(case).narrowed == (
        "PostgreSQL carries no condition on user_id below EXCEPT. A refresh writes it there, and so reads only the rows"
        " of changed anchors.",
    )


def test_explain_advised_index_created_is_enough(make_case: MakeCase) -> None:
    case = make_case(USERS, JOINED)
    case.run(missing(case)["app.items (user_id)"].removeprefix("Create one: "))
    assert missing(case) == {}


def test_explain_large_table_read_for_rows_of_anchor_without_index_is_advised(make_case: MakeCase) -> None:
    counted = "SELECT u.id, count(i.id) AS n FROM users AS u LEFT JOIN items AS i ON i.user_id = u.id GROUP BY u.id"
    case = make_case(USERS, counted, driving=(), apply=False)
    # All of a small table is read as quickly.
    assert missing(case) == {}
    case.run("INSERT INTO users SELECT n, 'name' FROM generate_series(0, 6) AS n")
    case.run("INSERT INTO items SELECT n, n % 7, 'body' FROM generate_series(1, 10000) AS n")
    case.write("ANALYZE users, items")
    assert missing(case) == {"app.items (user_id)": ADVICE}
    assert [each.rows for each in explained(case).sources] == [10_001] * 2
    case.run(ADVICE.removeprefix("Create one: "))
    assert missing(case) == {}
    # One of seven users has a seventh of the items.
    assert [each.rows for each in explained(case).sources] == [1_430] * 2


@pytest.mark.parametrize(
    "index",
    [
        "CREATE INDEX ON items (user_id, body)",
        "CREATE INDEX ON items USING hash (user_id)",
        "CREATE INDEX ON items (user_id DESC) WHERE user_id IS NOT NULL",
    ],
)
def test_explain_index_beginning_with_column_is_enough(make_case: MakeCase, index: str) -> None:
    case = make_case(USERS, JOINED, apply=False)
    case.run(index)
    assert missing(case) == {}


@pytest.mark.parametrize(
    "index",
    [
        "CREATE INDEX ON items (body, user_id)",
        "CREATE INDEX ON items (user_id) WHERE id > 5",
        "CREATE INDEX ON items ((user_id + 0))",
        "CREATE INDEX ON items USING brin (user_id)",
        "CREATE INDEX i ON items (user_id); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i'::regclass",
    ],
)
def test_explain_index_of_other_shape_is_not_enough(make_case: MakeCase, index: str) -> None:
    case = make_case(USERS, JOINED, apply=False)
    case.run(index)
    assert missing(case) == {"app.items (user_id)": ADVICE}


def test_explain_expression_index_created_is_recognized(make_case: MakeCase) -> None:
    case = make_case(USERS, BY_NAME, apply=False)
    [(on, remedy)] = missing(case).items()
    assert on == 'app.items (lower("body"))'
    proviso, _, statement = remedy.partition(": ")
    assert proviso == "If that can be computed for every row, create one"
    case.run(statement)
    assert missing(case) == {}


def test_explain_partitioned_table_advises_allowed_statement(make_case: MakeCase) -> None:
    ddl = """
    CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL);
    CREATE TABLE items (id bigint PRIMARY KEY, user_id bigint) PARTITION BY RANGE (id);
    CREATE TABLE items_low PARTITION OF items FOR VALUES FROM (0) TO (100);
    """
    case = make_case(ddl, JOINED, apply=False)
    assert missing(case) == {"app.items (user_id)": 'Create one: CREATE INDEX ON "app"."items" ("user_id");'}
    case.run('CREATE INDEX ON "app"."items" ("user_id")')
    assert missing(case) == {}


def test_explain_read_model_without_anchor_index_asks_for_one(make_case: MakeCase) -> None:
    text = "SELECT i.id, i.body FROM items AS i"
    case = make_case(USERS, text, key=("body", "id"), apply=False)
    [(on, remedy)] = missing(case).items()
    assert on == "app.links (id)"
    assert remedy.startswith('Declare Index("id") at ')
    declared = make_case(USERS, text, key=("body", "id"), indexes=[Index("id", "body")], apply=False)
    assert missing(declared) == {}
    case.apply()
    case.run("CREATE INDEX ON links (id)")
    assert missing(case) == {}


def test_explain_volatile_definition_is_refused(make_case: MakeCase) -> None:
    case = make_case(USERS, "SELECT i.id, random() AS r FROM items AS i", apply=False)
    with pytest.raises(DefinitionError, match="random"):
        explain_system(case.database, case.system)
