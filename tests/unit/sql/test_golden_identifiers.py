"""The SQL of identifier migrations, for plain names and for odd ones."""

from __future__ import annotations

import pytest

from denorm_assets.db.postgres.compose import show
from denorm_assets.model.schema_change import uuid_name
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.table_changes import key_constraints, uuid_keys
from denorm_assets.sql.table_changes.key_constraints import ForeignKey, IndexShape
from denorm_assets.sql.table_changes.uuid_keys import Twin
from tests.unit.sql.golden import assert_golden

PLAIN = (TableName("books", "library"), (Twin("id", "uid"), Twin("owner_id", "owner_uid")), "library")
ODD = (TableName('a "b"', "100%"), (Twin("select", "select_uid"), Twin("x y_id", "x y_uid")), "100%")


def shape_of(twin: Twin) -> IndexShape:
    return IndexShape((twin.uuid, twin.text), ("", " DESC"), (twin.uuid,), "btree", "title <> ''", is_unique=True)


@pytest.mark.parametrize(("name", "shape"), [("plain", PLAIN), ("odd_names", ODD)])
def test_identifier_migration_sql_equals_golden(name: str, shape: tuple[TableName, tuple[Twin, ...], str]) -> None:
    table, twins, schema = shape
    first, second = twins
    function = uuid_keys.create_function(table, twins)
    key = ForeignKey(
        key_constraints.reference_name(table, [second.uuid]),
        (second.uuid,),
        TableName("people", schema),
        (first.uuid,),
        on_update="c",
        on_delete="n",
        is_deferrable=True,
        is_deferred=True,
    )
    index = key_constraints.key_index(table, [first.uuid])
    assert_golden(
        f"identifiers_{name}",
        {
            "create_function": function,
            "comment_on_function": uuid_keys.comment_on_function(table, show(function)),
            "add_columns": uuid_keys.add_columns(table, twins),
            "create_trigger": uuid_keys.create_trigger(table, twins),
            "enable_always": uuid_keys.enable_always(table),
            "fill_blocks": uuid_keys.fill_blocks(table, twins),
            "fill_blocks_directly": uuid_keys.fill_blocks_directly(table, twins),
            "vacuum": uuid_keys.vacuum(table),
            "any_differing": uuid_keys.any_differing(table, twins),
            "compare": uuid_keys.compare(table, twins),
            "malformed": uuid_keys.malformed(table, first, 3),
            "add_not_null_check": key_constraints.add_not_null_check(table, first.uuid),
            "validate": key_constraints.validate(table, key_constraints.not_null_check(first.uuid)),
            "add_with_text_check": key_constraints.add_with_text_check(table, second),
            "set_default": uuid_keys.set_default(table, Twin("id", "uid", "gen_random_uuid()::text")),
            "drop_default": uuid_keys.drop_default(table, first.uuid),
            "create_index": key_constraints.create_index(table, f"{table.name}_uid", shape_of(second)),
            "set_not_null": key_constraints.set_not_null(table, first.uuid),
            "drop_constraint": key_constraints.drop_constraint(table, key_constraints.not_null_check(first.uuid)),
            "create_unique_index": key_constraints.create_unique_index(table, [first.uuid]),
            "add_reference": key_constraints.add_reference(table, key),
            "move_primary_key": key_constraints.move_primary_key(table, f"{table.name}_pkey", index),
            "comment_on_constraint": key_constraints.comment_on_constraint(table, f"{table.name}_pkey", "it's")[0],
            "add_unique": key_constraints.add_unique(table, index),
            "drop_function": uuid_keys.drop_function(table),
            "drop_columns": uuid_keys.drop_columns(table, [twin.text for twin in twins]),
        },
    )


@pytest.mark.parametrize(
    ("text", "uuid"), [("id", "uid"), ("owner_id", "owner_uid"), ("ref", "ref_uid"), ("paid", "paid_uid")]
)
def test_uuid_name_of_text_column_ends_in_uid(text: str, uuid: str) -> None:
    assert uuid_name(text) == uuid
