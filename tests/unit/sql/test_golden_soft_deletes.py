"""Statements of soft deletes and of purging against golden files."""

from __future__ import annotations

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.table_changes import purging, soft_deletes
from denorm_assets.sql.table_changes.purging import Purgeable, Referring
from denorm_assets.sql.table_changes.soft_deletes import Cascade, KeyPart
from tests.unit.sql.golden import assert_golden

ITEMS = TableName("items", "app")
ODD = TableName('Or"der %s {x}', "My Schema")
EQUAL = ("pg_catalog", "=")


def test_soft_delete_sql_equals_golden() -> None:
    parts = (KeyPart("a %s", EQUAL), KeyPart("B", ("My Schema", "===")))
    lines = Cascade(TableName("li%s{}nes", "app"), (("a %s", "B", ("My Schema", "===")), ("b", "c", EQUAL)))
    notes = Cascade(TableName("notes", "app"), (("item_id", "id", EQUAL),))
    assert_golden(
        "soft_deletes",
        {
            "column": soft_deletes.add_column(ITEMS),
            "analyze": soft_deletes.analyze(ITEMS),
            "function": soft_deletes.create_function(ITEMS, (KeyPart("id", EQUAL),), ()),
            "function of odd names, what goes along": soft_deletes.create_function(ODD, parts, (lines, notes)),
            "view": soft_deletes.create_view(ITEMS, ("id", "body"), replace=False),
            "view replaced, odd names": soft_deletes.create_view(ODD, ("a %s",), replace=True),
            "view to compare with": soft_deletes.create_expected_view(ITEMS, ("id", "body")),
            "trigger": soft_deletes.create_trigger(ITEMS),
            "comment": soft_deletes.comment_on_view(ITEMS, soft_deletes.view_comment("CREATE VIEW")),
            "marked rows": soft_deletes.count_marked(ITEMS),
            "drop view": soft_deletes.drop_view(ITEMS),
            "undo": soft_deletes.drop_view_and_function(ODD, unmarked=True),
            "undo where the column stays": soft_deletes.drop_view_and_function(ITEMS, unmarked=False),
        },
    )


def test_purge_sql_equals_golden() -> None:
    notes = Referring(TableName("notes", "app"), ("item_id",), ("id",), marks=True)
    lines = Referring(TableName("lines", "app"), ("a", "b"), ("a %s", "B"), marks=False)
    items = Purgeable(ITEMS, {"id": "uuid"}, (notes, Referring(ITEMS, ("parent_id",), ("id",), marks=True)))
    odd = Purgeable(ODD, {"a %s": "integer", "B": "character varying(20)"}, (lines,))
    assert_golden(
        "purging",
        {
            "choose": purging.choose(items),
            "choose, a key of two columns": purging.choose(odd),
            "next batch": purging.next_batch(500),
            "end": purging.end(),
            "lock": purging.lock(items),
            "judge": purging.judge(items, as_if_purged=False),
            "judge in a dry run": purging.judge(items, as_if_purged=True),
            "judge, two columns, no marks": purging.judge(odd, as_if_purged=True),
            "judge, nothing refers to it": purging.judge(Purgeable(ITEMS, {"id": "uuid"}, ()), as_if_purged=False),
            "delete": purging.delete(odd),
        },
    )


def test_soft_delete_function_name_differs_for_each_table() -> None:
    pairs = [("a_b", "c"), ("a", "b_c"), ("a", "x" * 60), ("a", "x" * 59 + "y"), ("a", "🎈" * 15)]
    names = {soft_deletes.function_name(TableName(table, schema)) for schema, table in pairs}
    assert len(names) == len(pairs)
    assert all(len(name.encode()) <= 63 for name in names)
