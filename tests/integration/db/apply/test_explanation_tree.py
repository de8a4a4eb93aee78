"""Explanations as trees: views above the tables that they read, and what each costs."""

from __future__ import annotations

from denorm_assets.db.apply.explain_models import explain_system
from denorm_assets.db.apply.explanation_tree import explanation_tree
from tests.integration.db.conftest import MakeCase

TABLES = """
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE items (id bigint PRIMARY KEY, user_id bigint, body text NOT NULL);
CREATE TABLE small (id bigint PRIMARY KEY);
INSERT INTO users SELECT n, 'name' FROM generate_series(0, 6) AS n;
INSERT INTO items SELECT n, n % 7, 'body' FROM generate_series(1, 10000) AS n;
CREATE VIEW long_items AS SELECT id, user_id FROM items WHERE length(body) > 3;
CREATE VIEW counted AS SELECT user_id, count(*) AS n FROM long_items GROUP BY user_id;
ANALYZE;
"""
COUNTED = (
    "SELECT u.id, c.n, (SELECT count(*) FROM small) AS all FROM users AS u LEFT JOIN counted AS c ON c.user_id = u.id"
)
TREE = """
shop/links
├── app.users: by key; one change reads about 10,001 rows
│   A change in users affects the rows with its id.
├── view app.counted
│   └── view app.long_items
│       └── app.items: by key; one change reads about 10,001 rows
│           A change in items affects the rows of that item's users (id), found through items.user_id.
│           No index on app.items (user_id). Create one: CREATE INDEX CONCURRENTLY ON "app"."items" ("user_id");
└── app.small: whole; one change reads about 10,007 rows
    A change in small recomputes all rows (no predicate that must hold leads from there to the anchor).
    Each refresh after such a change reads about 10,007 rows.
"""


def test_explanation_tree_views_stand_above_tables_with_costs(make_case: MakeCase) -> None:
    case = make_case(TABLES, COUNTED, driving=(), apply=False)
    [explained] = explain_system(case.database, case.system)
    drawn = "\n".join(explanation_tree(explained))
    assert drawn == TREE.strip()
